using Grpc.Core;
using Parley.Core;
using Parley.Protocol.Chat.V1;
using Parley.Server.Api;
using Parley.Server.Sessions;

namespace Parley.Server.Delivery;

/// <summary>
/// Writes one delivery stream and keeps its time: rings when a heartbeat is due, stops counting a client as heard that
/// does not read, and cuts its stream in the end. Awaiting a write is the back-pressure.
/// </summary>
internal sealed class DeliveryWriter : IDisposable
{
    private static readonly WriteOptions MoreFollows = new(WriteFlags.BufferHint);
    private static readonly WriteOptions Flushed = new();

    private readonly IServerStreamWriter<ReceiveMessagesResponse> responses;
    private readonly BellRope rope;
    private readonly AliveSession alive;
    private readonly TimeProvider time;
    private readonly Action cut;
    private readonly ITimer timer;
    private long lastWriteAt;

    public DeliveryWriter(
        IServerStreamWriter<ReceiveMessagesResponse> responses,
        BellRope rope,
        AliveSession alive,
        TimeProvider time,
        Action cut)
    {
        this.responses = responses;
        this.rope = rope;
        this.alive = alive;
        this.time = time;
        this.cut = cut;
        lastWriteAt = time.GetTimestamp();
        timer = time.CreateTimer(_ => OnTime(), state: null, ApiLimits.HeartbeatAfter, Timeout.InfiniteTimeSpan);
    }

    private TimeSpan SinceLastWrite => time.GetElapsedTime(Volatile.Read(ref lastWriteAt));

    /// <summary>Writes a page; its last event is flushed.</summary>
    public async Task WritePageAsync(DeliveryPage page, CancellationToken callEnded)
    {
        var left = page.Messages.Count + page.Receipts.Count;
        if (page.RoomsChanged)
        {
            await WriteAsync(
                new() { RoomsChanged = new RoomsChanged { LogIndex = page.AppliedIndex } }, left > 0, callEnded);
        }

        foreach (var gap in page.Gaps)
        {
            await WriteAsync(new() { Gap = DeliveryEvents.ToGap(gap) }, left > 0, callEnded);
        }

        foreach (var changed in page.Changed)
        {
            await WriteChangedAsync(DeliveryEvents.ToMessage(changed), page.AppliedIndex, left > 0, callEnded);
        }

        if (page.ChangesMissed)
        {
            await WriteChangedAsync(message: null, page.AppliedIndex, left > 0, callEnded);
        }

        foreach (var message in page.Messages)
        {
            left--;
            await WriteAsync(new() { Message = DeliveryEvents.ToMessage(message) }, left > 0, callEnded);
        }

        foreach (var receipt in page.Receipts)
        {
            left--;
            var written = DeliveryEvents.ToReceipt(receipt, page.AppliedIndex);
            await WriteAsync(new() { Receipt = written }, left > 0, callEnded);
        }
    }

    public Task WriteHeartbeatAsync(long logIndex, CancellationToken callEnded) =>
        WriteAsync(new() { Heartbeat = new Heartbeat { LogIndex = logIndex } }, moreFollows: false, callEnded);

    /// <summary>Only when nothing was written for long enough.</summary>
    public async Task WriteHeartbeatIfDueAsync(long logIndex, CancellationToken callEnded)
    {
        var silence = SinceLastWrite;
        if (silence >= ApiLimits.HeartbeatAfter)
        {
            await WriteHeartbeatAsync(logIndex, callEnded);
            silence = TimeSpan.Zero;
        }

        timer.Change(ApiLimits.HeartbeatAfter - silence, Timeout.InfiniteTimeSpan);
    }

    public Task WriteClusterChangedAsync(int leader, CancellationToken callEnded) =>
        WriteAsync(
            new() { ClusterChanged = new ClusterChanged { Leader = leader } }, moreFollows: false, callEnded);

    public void Dispose() => timer.Dispose();

    private Task WriteChangedAsync(
        Message? message, long logIndex, bool moreFollows, CancellationToken callEnded) =>
        WriteAsync(
            new() { MessageChanged = new MessageChanged { Message = message, LogIndex = logIndex } },
            moreFollows, callEnded);

    private async Task WriteAsync(
        ReceiveMessagesResponse response, bool moreFollows, CancellationToken callEnded)
    {
        responses.WriteOptions = moreFollows ? MoreFollows : Flushed;
        var writing = responses.WriteAsync(response, callEnded);
        if (!writing.IsCompletedSuccessfully)
        {
            alive.IsReading = false;
            await writing;
            alive.IsReading = true;
        }

        Volatile.Write(ref lastWriteAt, time.GetTimestamp());
    }

    /// <summary>Comes once per heartbeat from the loop, and on when the loop hangs in a write.</summary>
    private void OnTime()
    {
        if (alive.IsReading)
        {
            rope.Ring(BellNews.Time);
        }
        else if (SinceLastWrite >= ApiLimits.UnreadStreamMax)
        {
            cut();
            return;
        }

        timer.Change(ApiLimits.HeartbeatAfter, Timeout.InfiniteTimeSpan);
    }
}
