using Parley.Raft;
using Parley.Raft.Formation;
using Parley.Raft.Storage;
using static Parley.Tests.Storage.LogSamples;

namespace Parley.Tests.Storage;

/// <summary>A data directory belongs to one node and one process, and tells a first start from a loss; on a real disk.
/// </summary>
public sealed class DataDirectoryTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("parley-data-").FullName;

    private string Data => Path.Combine(root, "data");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void A_first_start_draws_an_incarnation_that_stays()
    {
        using (var first = Open(1, 0xFEED))
        {
            Assert.Equal(FormationStage.Empty, first.Stamp.Stage);
        }

        using var second = Open(1, 0xBEEF);

        Assert.Equal(0xFEEDu, second.Stamp.Incarnation);
        const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(Mine | UnixFileMode.UserExecute, File.GetUnixFileMode(Data));
        Assert.All(Directory.GetFiles(Data), file => Assert.Equal(Mine, File.GetUnixFileMode(file)));
    }

    [Fact]
    public void The_log_and_the_formed_stamp_come_back()
    {
        string written;
        using (var data = Open(1))
        {
            data.WriteStamp(FormedStamp(data));
            using var log = data.OpenLog(Small);
            log.Append(new HardState(new Term(1), new NodeId(1)), EntriesOf(1, 80, 1, payloadBytes: 333));
            log.Sync();
            log.AppendSynced(EntriesOf(81, 90, 1, payloadBytes: 999));
            log.CutTo(new LogIndex(85));
            written = log.Describe();
        }

        using var again = Open(1);
        Assert.Equal(FormationStage.Formed, again.Stamp.Stage);
        Assert.True(again.Stamp.HasLog);
        using var logAgain = again.OpenLog(Small);
        Assert.Equal(written, logAgain.Describe());
    }

    [Fact]
    public void A_second_process_is_refused()
    {
        using var first = Open(1);

        AssertRefused($"locked by pid {Environment.ProcessId}", () => Open(1));
    }

    [Fact]
    public void Another_node_is_refused()
    {
        Open(1).Dispose();

        AssertRefused("it belongs to node 1, this is node 2", () => Open(2));
    }

    [Fact]
    public void A_directory_that_others_may_enter_is_refused()
    {
        Open(1).Dispose();
        File.SetUnixFileMode(Data, File.GetUnixFileMode(Data) | UnixFileMode.GroupRead);

        AssertRefused("chmod 700", () => Open(1));
    }

    [Fact]
    public void A_log_or_state_without_a_stamp_is_no_first_start()
    {
        using (var data = Open(1))
        {
            data.WriteStamp(FormedStamp(data));
            data.OpenLog(Small).Dispose();
        }

        File.Delete(Path.Combine(Data, "stamp"));
        AssertRefused("it has no stamp, but it is not empty (log)", () => Open(1));

        Directory.Delete(Path.Combine(Data, "log"), recursive: true);
        File.WriteAllText(Path.Combine(Data, "state.db"), "something");
        AssertRefused("(state.db)", () => Open(1));
    }

    [Fact]
    public void A_log_that_is_gone_is_no_first_start()
    {
        using (var data = Open(1))
        {
            data.WriteStamp(FormedStamp(data));
            data.OpenLog(Small).Dispose();
        }

        Directory.Delete(Path.Combine(Data, "log"), recursive: true);

        using var again = Open(1);
        AssertRefused("its log is gone", () => again.OpenLog(Small));
    }

    [Fact]
    public void A_damaged_stamp_is_refused()
    {
        Open(1).Dispose();
        var path = Path.Combine(Data, "stamp");
        var bytes = File.ReadAllBytes(path);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(path, bytes);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));

            AssertRefused("stamp", () => Open(1));
        }
    }

    [Fact]
    public void A_directory_that_cannot_be_made_is_refused()
    {
        File.WriteAllText(Path.Combine(root, "file"), "");

        Assert.Throws<DataDirectoryRefusedException>(() =>
            PosixDataDirectory.Open(Path.Combine(root, "file", "data"), new NodeId(1), () => 1));
    }

    private static NodeStamp FormedStamp(PosixDataDirectory data) => data.Stamp with
    {
        Stage = FormationStage.Formed,
        ClusterId = new string('c', 32),
        Members = [new FoundingMember(data.Stamp.Self, data.Stamp.Incarnation, "127.0.0.1:7501")],
    };

    private static void AssertRefused(string text, Func<object> open) =>
        Assert.Contains(text, Assert.Throws<DataDirectoryRefusedException>(open).Message, StringComparison.Ordinal);

    private PosixDataDirectory Open(int id, ulong incarnation = 1) =>
        PosixDataDirectory.Open(Data, new NodeId(id), () => incarnation);
}
