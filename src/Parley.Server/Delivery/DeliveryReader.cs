using Parley.Core;
using Parley.Core.Delivery;
using Parley.Raft;
using Parley.Server.Api;
using Parley.Server.Consensus;

namespace Parley.Server.Delivery;

/// <summary>
/// One delivery stream: looks at the state, sends what is new, and waits for the bell. Everything is pushed; what the
/// stream has sent is in its cursor, what the client has acknowledged is in the state, nothing is kept between streams.
/// </summary>
internal sealed class DeliveryReader(
    SessionFacts session,
    long streamNumber,
    BellRope rope,
    StateAccess state,
    NodeView view,
    DeliveryWriter writer,
    DeliveryCursor cursor)
{
    private bool isCaughtUp;
    private NodePicture? told;

    /// <summary>Runs until something ends the stream. The first heartbeat follows everything that was there.</summary>
    /// <exception cref="RefusedException">SESSION_ENDED, STREAM_REPLACED, DRAINING.</exception>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public async Task RunAsync(CancellationToken draining, CancellationToken callEnded)
    {
        while (true)
        {
            // Taken before the state is read: what comes in between rings again.
            var news = await rope.NextRingAsync();
            callEnded.ThrowIfCancellationRequested();
            if (draining.IsCancellationRequested)
            {
                throw new RefusedException(Reasons.Draining);
            }

            CheckStillOurs();
            if ((news & BellNews.Cluster) != BellNews.None)
            {
                await TellClusterAsync(callEnded);
            }

            if ((news & (BellNews.Messages | BellNews.Replaced)) != BellNews.None)
            {
                // Of another state the cursor looks at everything; what it has sent is the same there.
                await SendPageAsync(callEnded);
            }

            if ((news & BellNews.Time) != BellNews.None)
            {
                await writer.WriteHeartbeatIfDueAsync(state.AppliedIndex, callEnded);
            }
        }
    }

    /// <summary>Whether clients find nodes and leader where they were; who reaches whom is not their concern.</summary>
    private static bool AreSame(NodePicture one, NodePicture other) =>
        one.Leader == other.Leader
        && one.IsServing == other.IsServing
        && one.Members.Select(Address).SequenceEqual(other.Members.Select(Address));

    private static (NodeId Id, string Address) Address(PeerPicture member) => (member.Id, member.ClientAddress);

    private void CheckStillOurs()
    {
        var now = state.Directory.FindSession(session.Number)
            ?? throw new RefusedException(Reasons.SessionEnded);
        if (now.StreamNumber != streamNumber)
        {
            throw new RefusedException(Reasons.StreamReplaced);
        }
    }

    private async Task TellClusterAsync(CancellationToken callEnded)
    {
        var now = view.Current;
        if (told is null ? !now.IsServing : !AreSame(now, told))
        {
            await writer.WriteClusterChangedAsync(now.IsServing ? now.Leader.Value : NodeId.None.Value, callEnded);
        }

        told = now;
    }

    /// <summary>One page; when there is more, it rings for itself, so that the checks come between pages.</summary>
    private async Task SendPageAsync(CancellationToken callEnded)
    {
        var page = state.Read(reader => reader.ReadDelivery(
            session.Account, cursor, ApiLimits.DeliveryBatchMax, ApiLimits.DeliveryBatchBytesMax));
        await writer.WritePageAsync(page, callEnded);
        if (page.HasMore)
        {
            rope.Ring(BellNews.Messages);
        }
        else if (!isCaughtUp)
        {
            isCaughtUp = true;
            await writer.WriteHeartbeatAsync(page.AppliedIndex, callEnded);
        }
    }
}
