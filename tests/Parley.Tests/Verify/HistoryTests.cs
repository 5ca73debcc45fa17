using Microsoft.Extensions.Time.Testing;
using Parley.Verify;

namespace Parley.Tests.Verify;

/// <summary>Histories as files, and how they are recorded.</summary>
public sealed class HistoryTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public void A_history_survives_its_file()
    {
        var history = SampleHistory.Good();

        history.Save(file);
        var loaded = History.Load([file]);

        Assert.Equal(history.Events, loaded.Events);
        Assert.Equal(history.Digests, loaded.Digests);
        Assert.Equal(history.Reads.SelectMany(read => read.Messages), loaded.Reads.SelectMany(read => read.Messages));
    }

    [Fact]
    public void A_line_that_is_none_is_named()
    {
        File.WriteAllText(file, "{\"digest\":{\"node\":1,\"index\":2,\"digest\":\"d\"}}\n{\"evnt\":{}}\n");

        var failure = Assert.Throws<InvalidDataException>(() => History.Load([file]));

        Assert.Contains($"{file}:2", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recorder_leaves_each_line_in_its_file_at_once()
    {
        var time = new FakeTimeProvider();
        using var recorder = new HistoryRecorder("alice#1", "alice", time, file);

        var send = recorder.Send("bob", "hello");
        time.Advance(TimeSpan.FromMilliseconds(5));
        recorder.End(send, HistoryPhase.Ok, end => end with { Sequence = 1 });

        var loaded = History.Load([file]).Events;
        Assert.Equal(recorder.Events, loaded);
        Assert.Equal(5_000, loaded[1].AtUs - loaded[0].AtUs);
        Assert.Equal(loaded[0].Operation, loaded[1].Operation);
    }
}
