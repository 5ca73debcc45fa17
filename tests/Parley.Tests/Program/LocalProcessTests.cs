using System.Net;
using System.Net.Sockets;
using Parley.CommandLine;
using Parley.Local;

namespace Parley.Tests.Program;

/// <summary>Finding the program and its ports.</summary>
public sealed class LocalProcessTests
{
    [Theory]
    [InlineData("/opt/parley/parley", "/elsewhere/", "", "/opt/parley/parley")]
    [InlineData("/usr/bin/dotnet", "/bin/", "/bin/parley", "/bin/parley")]
    [InlineData("/usr/bin/dotnet", "/bin/", "/bin/parley.dll", "/usr/bin/dotnet /bin/parley.dll")]
    [InlineData("/tests/Parley.Tests", "/tests/", "/tests/parley.dll", "dotnet /tests/parley.dll")]
    public void The_program_finds_itself(string process, string folder, string there, string expected)
    {
        var (file, arguments) = ParleyExecutable.Find(
            process, folder, path => string.Equals(path, there, StringComparison.Ordinal));

        Assert.Equal(expected, string.Join(' ', arguments.Prepend(file)));
    }

    [Fact]
    public void A_program_that_is_nowhere_is_an_error()
    {
        Assert.Throws<FileNotFoundException>(() => ParleyExecutable.Find("/usr/bin/dotnet", "/bin/", _ => false));
    }

    [Fact]
    public void A_taken_port_is_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var taken = ((IPEndPoint)listener.LocalEndpoint).Port;

        var failure = Assert.Throws<VerbFailedException>(() => LocalPorts.Resolve(taken - 1, size: 1));

        Assert.Contains($"port {taken} ", failure.Message, StringComparison.Ordinal);
    }
}
