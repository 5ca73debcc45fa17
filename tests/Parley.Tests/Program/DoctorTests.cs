using Parley.Verbs.Doctor;

namespace Parley.Tests.Program;

/// <summary>What <c>parley doctor</c> sees of a machine.</summary>
public sealed class DoctorTests : IDisposable
{
    private const string Mounts = """
        21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
        30 21 0:25 / /tmp rw - tmpfs tmpfs rw
        31 21 8:2 / /var/lib/par\040ley rw - xfs /dev/sdb rw
        32 31 0:40 / /var/lib/par\040ley rw - btrfs /dev/sdc rw
        """;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("parley-doctor-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("/", "ext4")]
    [InlineData("/home/alice", "ext4")]
    [InlineData("/tmp/x", "tmpfs")]
    [InlineData("/tmpfiles", "ext4")]
    [InlineData("/var/lib/par ley/1", "btrfs")]
    public void The_file_system_of_a_path_is_that_of_the_nearest_mount(string path, string type) =>
        Assert.Equal(type, FileSystems.FindType(Mounts.Split('\n'), path));

    [Theory]
    [InlineData("Max open files            1024                 524288               files", "WARN")]
    [InlineData("Max open files            8192                 524288               files", "ok")]
    [InlineData("Max open files            unlimited            unlimited            files", "ok")]
    [InlineData("Max processes             unlimited            unlimited            processes", "WARN")]
    public void Few_files_are_warned_of(string line, string verdict) =>
        Assert.StartsWith(verdict, MachineChecks.CheckFiles([line]).ToString(), StringComparison.Ordinal);

    [Fact]
    public async Task A_folder_in_memory_is_refused()
    {
        var (code, output, _) = await ProgramRun.RunAsync("doctor", "--data", "/dev/shm/parley-doctor-test");

        Assert.Equal(1, code);
        Assert.Contains("FAIL  file system", output, StringComparison.Ordinal);
        Assert.Contains("What to do: give --data a folder on a real disk", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists("/dev/shm/parley-doctor-test"), "doctor only looks");
    }

    [Fact]
    public async Task A_folder_open_to_others_is_refused()
    {
        folder.UnixFileMode |= UnixFileMode.GroupRead;

        var (code, output, _) = await ProgramRun.RunAsync("doctor", "--data", folder.FullName);

        Assert.Equal(1, code);
        Assert.Contains($"What to do: chmod 700 {folder.FullName}", output, StringComparison.Ordinal);
        Assert.Matches(@"disk sync +512 bytes in [\d.]+ ms \(median\), [\d.]+ ms \(99 %\)", output);
        Assert.Empty(folder.GetFileSystemInfos());
    }

    [Fact]
    public async Task Settings_give_directory_ports_and_members()
    {
        var (port, other) = (FreePort(), FreePort());
        var data = folder.CreateSubdirectory("data");
        data.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var file = Path.Combine(folder.FullName, "server.json");
        File.WriteAllText(file, $$"""
            {
              "data": "{{data.FullName}}", "listen": "127.0.0.1:{{port}}", "node-listen": "no.such.host.invalid:7501",
              "members": ["1=127.0.0.1:{{other}}"], "colour": "red"
            }
            """);

        var (code, output, _) = await ProgramRun.RunAsync(
            "doctor", "--config", file, "--nodes", $"127.0.0.1:{other}");

        Assert.Equal(1, code);
        Assert.Contains("FAIL  settings           ", output, StringComparison.Ordinal);
        string[] lines =
        [
            $"ok    permissions        {data.FullName} belongs to its user alone",
            $"ok    port (listen)      127.0.0.1:{port} is free",
            "FAIL  port (node-listen)  no.such.host.invalid:7501",
            $"WARN  way to a member    1=127.0.0.1:{other} takes no connection",
            $"WARN  round trip         127.0.0.1:{other} does not answer",
        ];
        Assert.All(lines, line => Assert.Contains(line, output, StringComparison.Ordinal));
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
