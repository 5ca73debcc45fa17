using Parley.Client.Walking;

namespace Parley.Client.Sending;

/// <summary>When sends cannot go on as they are: giving up, another client number, the end.</summary>
internal sealed partial class SendPipeline
{
    /// <summary>
    /// Every caller gets a last word. What no node took is taken back, so that its text is never stored behind the
    /// caller's back; what may have arrived stays, and is repeated before anything new: only its repeat tells whether
    /// its counter was taken.
    /// </summary>
    private void GiveUp()
    {
        var unknown = walker.LastWord(walk, "sending", mayHaveArrived: true, cause: null);
        var untouched = walker.LastWord(walk, "sending", mayHaveArrived: false, cause: null);
        if (EndPending(unknown, untouched) is { } failed)
        {
            throw failed;
        }
    }

    private void EndAll(ParleyException failure)
    {
        lock (gate)
        {
            fatal ??= failure;
        }

        var unknown = new OutcomeUnknownException(
            OutcomeUnknownException.OutcomeUnknown, $"it may be stored or not: {failure.Message}", failure);
        EndPending(unknown, failure);
    }

    /// <summary>Tells all who wait; what the outbox could not be made to forget may be sent when it is next opened.
    /// </summary>
    /// <returns>Why the outbox is of no use any more; null: it is.</returns>
    private RefusedException? EndPending(ParleyException unknown, ParleyException untouched)
    {
        var told = new List<(Send Send, ParleyException Failure)>();
        ulong? released = null;
        lock (gate)
        {
            // A send counts as arrived when a later one does: it was written before it.
            var arrived = false;
            for (var node = pending.Last; node is not null;)
            {
                var before = node.Previous;
                arrived |= node.Value.MayHaveArrived || node.Value.Orphan;
                told.Add((node.Value, arrived ? unknown : untouched));
                if (arrived)
                {
                    node.Value.Orphan = true;
                }
                else
                {
                    pending.Remove(node);
                    released = node.Value.MessageId.Counter;
                }

                node = before;
            }

            cursor = pending.First;
            lastCounter = released - 1 ?? lastCounter;
        }

        var failed = released is { } counter ? ChangeOutbox(() => outbox.Release(counter)) : null;
        if (failed is not null)
        {
            unknown = new OutcomeUnknownException(
                OutcomeUnknownException.OutcomeUnknown, $"it may be sent later: {failed.Message}", failed);
        }

        told.Reverse();
        foreach (var (send, failure) in told)
        {
            send.Failed(failed is null ? failure : unknown);
        }

        return failed;
    }

    /// <returns>Why the outbox is of no use any more; null: the change is in it.</returns>
    private RefusedException? ChangeOutbox(Action change)
    {
        try
        {
            TellOutbox();
            change();
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new RefusedException("OUTBOX_FAILED", $"the outbox cannot be written: {exception.Message}");
        }
    }

    /// <summary>
    /// The old number's next counter is taken by other content, or the cluster does not know the number: what
    /// certainly was not stored goes on under a new number, of the rest nobody knows. The old number is never used
    /// again, so no late copy under it can be stored.
    /// </summary>
    private async Task MoveToNewClientAsync(Refusal why)
    {
        var opened = await session.OpenClientAsync(stop.Token);
        var forgotten = string.Equals(why.Reason, "CLIENT_FORGOTTEN", StringComparison.Ordinal);
        var lost = new List<Send>();
        Send[] moved;
        lock (gate)
        {
            client = opened.Client;
            lastCounter = opened.LastCounter;
            for (var node = pending.First; node is not null;)
            {
                var next = node.Next;
                var send = node.Value;
                if ((send.MayHaveArrived || send.Orphan) && (forgotten || send.Verdict is not Verdict.NewClient))
                {
                    pending.Remove(node);
                    lost.Add(send);
                }
                else
                {
                    send.MessageId = new MessageId(client, ++lastCounter);
                    send.MayHaveArrived = false;
                    send.Recorded = true;
                }

                node = next;
            }

            moved = [.. pending];
            settled.Clear();
            outOfOrders = 0;
        }

        var failed = ChangeOutbox(() => outbox.MoveTo(opened.Client, opened.LastCounter, moved));
        foreach (var send in lost)
        {
            send.Failed(new OutcomeUnknownException(
                why.Reason,
                $"{send.MessageId}: the cluster does not know this client any more; it may be stored or not"));
        }

        if (failed is not null)
        {
            throw failed;
        }
    }
}
