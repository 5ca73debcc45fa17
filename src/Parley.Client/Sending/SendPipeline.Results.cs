using Google.Protobuf;
using Grpc.Core;
using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;
using Node = Parley.Client.Walking.Node;

namespace Parley.Client.Sending;

/// <summary>What comes back, and what it means for each send.</summary>
internal sealed partial class SendPipeline
{
    private bool hasEnded;
    private Refusal heldBecause;
    private TimeSpan heldFor;
    private int grown;

    /// <summary>Reads results until the stream ends; never throws.</summary>
    private async Task<StreamEnd> ReadAsync(
        IAsyncStreamReader<SendMessagesResponse> stream, Task<Metadata> headers, Node node)
    {
        Volatile.Write(ref hasEnded, value: false);
        Refusal refusal;
        try
        {
            var first = true;
            while (await stream.MoveNext(CancellationToken.None))
            {
                if (first)
                {
                    walker.Nodes.CheckCluster(await headers, node);
                    first = false;
                }

                if (!Settle(stream.Current))
                {
                    break;
                }

                if (stream.Current.Stored is not null)
                {
                    walker.Worked(node);
                }
            }

            refusal = new Refusal(StatusCode.Unavailable, "", "the stream ended", TimeSpan.Zero, NeverSent: false);
        }
        catch (RpcException exception)
        {
            refusal = Refusal.Of(exception);
        }
        catch (Exception exception) when (StreamFailures.IsOne(exception))
        {
            refusal = new Refusal(
                StatusCode.Unavailable, "", exception.Message, TimeSpan.Zero, NeverSent: false);
        }
        catch (ConflictException exception)
        {
            refusal = new Refusal(
                StatusCode.FailedPrecondition, exception.Reason, exception.Message, TimeSpan.Zero, NeverSent: false);
        }

        Volatile.Write(ref hasEnded, value: true);
        work.Set();
        return new StreamEnd(refusal, NewClient: false);
    }

    /// <summary>One result; false when it is not the one that is due.</summary>
    private bool Settle(SendMessagesResponse result)
    {
        Send send;
        var wake = false;
        lock (gate)
        {
            if (!inFlight.TryDequeue(out var node))
            {
                return false;
            }

            send = node.Value;
            if (!IsOf(send, result.MessageId))
            {
                // Left in flight with the rest, for all that the stream carried may have arrived.
                send.MayHaveArrived = true;
                return false;
            }

            movedAt = options.TimeProvider.GetTimestamp();
            var refusal = result.Error is { } error ? Refusal.Of(error) : default;
            send.Verdict = result.Stored is not null ? Verdict.Final : VerdictOn(refusal);
            if (send.Verdict == Verdict.Final)
            {
                pending.Remove(node);
                settled.Add(send.MessageId.Counter);
                walk.Succeeded();
                Grow();
                wake = holding ? inFlight.Count == 0 : cursor is not null && inFlight.Count <= window - (window / 4);
            }
            else
            {
                Hold(send, refusal);
                wake = inFlight.Count == 0;
            }
        }

        if (send.Verdict == Verdict.Final)
        {
            Tell(send, result);
        }

        if (wake)
        {
            work.Set();
        }

        return true;
    }

    /// <summary>That the session is over says what became of this attempt, not of an earlier one: it ends the stream,
    /// and with it all sends, each by what is known of it.</summary>
    private static Verdict VerdictOn(Refusal refusal) =>
        refusal.EndsSession ? Verdict.Elsewhere : refusal.Verdict;

    private void Hold(Send send, Refusal refusal)
    {
        send.MayHaveArrived |= refusal.MayHaveArrived;
        if (!holding)
        {
            holding = true;
            heldBecause = refusal;
        }

        if (refusal.Verdict == Verdict.Wait)
        {
            // A node that says when to come back is no trouble.
            walk.Succeeded();
            walk.Begin();
            heldFor = NodeWalker.AtLeastAMoment(refusal.RetryAfter > heldFor ? refusal.RetryAfter : heldFor);
            window = Math.Max(1, window / 2);
        }
    }

    private void Grow()
    {
        if (window < Limits.UnansweredMax && ++grown >= window)
        {
            window++;
            grown = 0;
        }
    }

    private void Tell(Send send, SendMessagesResponse result)
    {
        if (result.Stored is { } stored)
        {
            walker.Nodes.Saw(stored.LogIndex);
            send.Stored(ToReceipt(send.MessageId, stored));
            return;
        }

        var refusal = Refusal.Of(result.Error);
        if (refusal.Code == StatusCode.InvalidArgument)
        {
            Return(send.MessageId.Counter);
        }

        send.Failed(refusal.ToException());
    }

    /// <summary>A counter that a node refused before the log goes to the next send, when none was given out since.
    /// (Else what is behind it is told OUT_OF_ORDER, and moves to another client number.)</summary>
    private void Return(ulong counter)
    {
        lock (gate)
        {
            if (lastCounter == counter && pending.Count == 0)
            {
                lastCounter--;
            }
        }
    }

    /// <summary>Whatever was in flight may have arrived, unless the stream was refused at its door.</summary>
    private void EndStream(Refusal refusal)
    {
        var atTheDoor = refusal.NeverSent ||
            refusal.Reason is "NODE_BEHIND" or "NOT_SERVING" or "NO_MAJORITY" or "SESSION_ENDED" or "CLUSTER_CHANGED";
        lock (gate)
        {
            foreach (var node in inFlight)
            {
                node.Value.MayHaveArrived |= !atTheDoor;
            }

            inFlight.Clear();
        }
    }

    private static bool IsOf(Send send, ByteString id) =>
        id.Length == MessageId.Bytes && MessageId.FromBytes(id.Span) == send.MessageId;

    private static MessageReceipt ToReceipt(MessageId id, SendMessageResponse stored) => new()
    {
        MessageId = id,
        Conversation = stored.Conversation,
        Sequence = stored.Sequence,
        LogIndex = stored.LogIndex,
        SentAt = Times.OfMicroseconds(stored.SentAtUs),
    };
}
