using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Server.Consensus;

namespace Parley.Tests.Server;

/// <summary>Up to where the log counts not for a directory that joined: told once more, it is the later that holds.
/// </summary>
public sealed class JoinFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("parley-join-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void It_is_written_anew_each_time_a_cluster_takes_the_directory_in()
    {
        Assert.Equal(LogIndex.None, JoinFile.Find(folder));

        JoinFile.Write(folder, new LogIndex(199));
        JoinFile.Write(folder, new LogIndex(20_000_000_000));

        Assert.Equal(new LogIndex(20_000_000_000), JoinFile.Find(folder));
    }

    /// <summary>A crash may leave the file that was to take its place.</summary>
    [Fact]
    public void What_a_crash_left_is_no_hindrance()
    {
        JoinFile.Write(folder, new LogIndex(199));
        File.WriteAllText(Path.Combine(folder, ReplacedFile.TemporaryNameOf(JoinFile.Name)), "2");

        Assert.Equal(new LogIndex(199), JoinFile.Find(folder));
        JoinFile.Write(folder, new LogIndex(200));
        Assert.Equal(new LogIndex(200), JoinFile.Find(folder));
    }

    [Fact]
    public void What_is_no_index_is_refused()
    {
        File.WriteAllText(Path.Combine(folder, JoinFile.Name), "-1");

        Assert.Contains(
            "a log index expected",
            Assert.Throws<DataDirectoryRefusedException>(() => JoinFile.Find(folder)).Message,
            StringComparison.Ordinal);
    }
}
