using Parley.CommandLine;
using Parley.Local;
using Parley.Server.Hosting;
using Parley.Tests.Repository;

namespace Parley.Tests.Packaging;

/// <summary>The service for systemd: a unit that it takes, hardened, and true to the program.</summary>
public sealed class UnitFileTests
{
    private const string Unit = "deploy/systemd/parley.service";

    /// <summary>What a stop may take at most: handing over, finishing calls, ending the host; a second each.</summary>
    private const int StopSecondsMax = 3;

    [Fact]
    public void What_no_restart_heals_is_not_restarted()
    {
        int[] codes = [ExitCodes.Usage, ExitCodes.DataDirectoryRefused, ProcessEnd.InvariantBroken];

        Assert.Equal(string.Join(' ', codes), Setting("RestartPreventExitStatus"));
        Assert.Equal("on-failure", Setting("Restart"));
        Assert.Equal($"{ProcessEnd.RestartAsked}", Setting("RestartForceExitStatus"));
        Assert.Equal($"{ProcessEnd.RestartAsked}", Setting("SuccessExitStatus"));
        Assert.Equal("notify", Setting("Type"));
        Assert.True(int.Parse(Setting("TimeoutStopSec"), provider: null) > 2 * StopSecondsMax);
        Assert.True(int.Parse(Setting("LimitNOFILE"), provider: null) >= 8_192);
    }

    [Fact]
    public void Its_command_line_is_understood()
    {
        var words = Setting("ExecStart").Split(' ');

        Assert.Equal("/usr/bin/parley", words[0]);
        Assert.Empty(ParleyProgram.BuildRoot().Parse(words[1..]).Errors);
        Assert.Equal("parley", Setting("StateDirectory"));
        var settings = SourceFiles.Read("deploy/deb/server.json");
        Assert.Contains("\"data\": \"/var/lib/parley\"", settings, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Systemd_takes_it()
    {
        var folder = Directory.CreateTempSubdirectory("parley-unit-");
        try
        {
            var file = Path.Combine(folder.FullName, "parley.service");
            var (program, _) = ParleyExecutable.Find();
            await File.WriteAllTextAsync(
                file,
                SourceFiles.Read(Unit).Replace("/usr/bin/parley", program, StringComparison.Ordinal),
                TestContext.Current.CancellationToken);

            var (code, output, error) = await HostTool.RunAsync("systemd-analyze", ["verify", "--man=no", file]);

            Assert.Equal((0, ""), (code, output + error));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>systemd's own measure, from 0 (closed) to 10 in tenths; unhardened it is 9.6.</summary>
    [Fact]
    public async Task It_is_hardened()
    {
        var (code, output, error) = await HostTool.RunAsync(
            "systemd-analyze",
            ["security", "--offline=true", "--threshold=20", Path.Combine(RepositoryRoot.Path, Unit)]);

        Assert.True(code == 0, output + error);
    }

    private static string Setting(string name) => SourceFiles.ReadLines(Unit)
        .Single(line => line.StartsWith($"{name}=", StringComparison.Ordinal))[(name.Length + 1)..];
}
