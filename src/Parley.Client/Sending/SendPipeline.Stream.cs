using Google.Protobuf;
using Grpc.Core;
using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;
using Node = Parley.Client.Walking.Node;

namespace Parley.Client.Sending;

/// <summary>One stream: what is written to it, and in which order.</summary>
internal sealed partial class SendPipeline
{
    private static readonly WriteOptions More = new(WriteFlags.BufferHint);
    private static readonly WriteOptions LastOne = new();

    /// <summary>The next to write on this stream; null: nothing waits.</summary>
    private LinkedListNode<Send>? cursor;

    /// <summary>Written on this stream and not answered on it, in order.</summary>
    private readonly Queue<LinkedListNode<Send>> inFlight = new();

    /// <summary>How many may be in flight: halved when a rate limit refuses, grown by what is stored.</summary>
    private int window = Limits.UnansweredMax;

    /// <summary>Something must be repeated: nothing more is written until all in flight is answered.</summary>
    private bool holding;

    /// <summary>When the stream last moved, or became busy.</summary>
    private long movedAt;

    /// <summary>Streaks of "out of order" with nothing before it: the number is of no use then.</summary>
    private int outOfOrders;

    private async Task<StreamEnd> RunStreamAsync(Node node)
    {
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        BeginStream();
        using var call = node.Messages.SendMessages(new CallOptions(
            walker.Nodes.Headers(session.Authorization, withSeenIndex: true), cancellationToken: cut.Token));
        var reading = ReadAsync(call.ResponseStream, call.ResponseHeadersAsync, node);
        await using var watch = new AnswerWatch(this, cut);
        StreamEnd? end = null;
        StreamEnd ended;
        try
        {
            end = await WriteAsync(call.RequestStream, cut.Token);
        }
        catch (Exception exception) when (StreamFailures.IsOne(exception))
        {
            // The reader knows why.
        }
        finally
        {
            await cut.CancelAsync();
            ended = await reading;

            // Before anything else, whatever ended it: what it carried may have arrived.
            EndStream(ended.Refusal);
        }

        stop.Token.ThrowIfCancellationRequested();
        return end ?? ended;
    }

    private void BeginStream()
    {
        lock (gate)
        {
            inFlight.Clear();
            cursor = pending.First;
            holding = false;
            movedAt = options.TimeProvider.GetTimestamp();
            walk.Begin();
        }
    }

    /// <summary>Writes until the stream is of no use; null: the reader knows why.</summary>
    private async Task<StreamEnd?> WriteAsync(
        IClientStreamWriter<SendMessagesRequest> stream, CancellationToken cancellationToken)
    {
        var batch = new List<Send>(BatchMax);
        while (true)
        {
            if (IsHoldOver(out var head))
            {
                if (Decide(head) is { } end)
                {
                    return end;
                }

                if (head.Verdict == Verdict.Wait)
                {
                    await Task.Delay(head.After, options.TimeProvider, cancellationToken);
                }

                Resume();
            }

            Take(batch);
            if (batch.Count == 0)
            {
                if (Volatile.Read(ref hasEnded))
                {
                    return null;
                }

                await work.WaitAsync(cancellationToken);
                continue;
            }

            Record(batch);
            for (var place = 0; place < batch.Count; place++)
            {
                stream.WriteOptions = place < batch.Count - 1 ? More : LastOne;
                await stream.WriteAsync(ToRequest(batch[place]), cancellationToken);
            }
        }
    }

    /// <summary>Moves what the window allows from waiting to in flight.</summary>
    private void Take(List<Send> batch)
    {
        batch.Clear();
        lock (gate)
        {
            if (holding)
            {
                return;
            }

            if (inFlight.Count == 0)
            {
                movedAt = options.TimeProvider.GetTimestamp();
            }

            while (cursor is { } node && inFlight.Count < window && batch.Count < BatchMax)
            {
                node.Value.Verdict = Verdict.None;
                inFlight.Enqueue(node);
                batch.Add(node.Value);
                cursor = node.Next;
            }
        }
    }

    /// <summary>Counter and text are on disk before the first attempt.</summary>
    private void Record(List<Send> batch)
    {
        var fresh = batch.FindAll(send => !send.Recorded);
        if (fresh.Count == 0)
        {
            return;
        }

        if (ChangeOutbox(() => outbox.Add(fresh)) is { } failed)
        {
            throw failed;
        }

        foreach (var send in fresh)
        {
            send.Recorded = true;
        }
    }

    /// <summary>What was called for while there is nobody to send it to outlives this process all the same.</summary>
    private void RecordWaiting()
    {
        List<Send> waiting;
        lock (gate)
        {
            waiting = [.. pending];
        }

        Record(waiting);
    }

    private bool IsHoldOver(out HeldSend head)
    {
        lock (gate)
        {
            head = default;
            if (!holding || inFlight.Count > 0)
            {
                return false;
            }

            head = pending.First is { } first ? new HeldSend(first.Value.Verdict, heldFor) : default;
            return true;
        }
    }

    /// <summary>What the first unanswered was told decides; null: go on with this stream, from it.</summary>
    private StreamEnd? Decide(HeldSend head)
    {
        outOfOrders = head.Verdict == Verdict.OutOfOrder ? outOfOrders + 1 : 0;
        return head.Verdict switch
        {
            Verdict.Elsewhere => new StreamEnd(heldBecause, NewClient: false),
            Verdict.NewClient => new StreamEnd(heldBecause, NewClient: true),
            Verdict.OutOfOrder when outOfOrders > 1 => new StreamEnd(heldBecause, NewClient: true),
            _ => null,
        };
    }

    private void Resume()
    {
        lock (gate)
        {
            holding = false;
            heldFor = TimeSpan.Zero;
            cursor = pending.First;
        }
    }

    private static SendMessagesRequest ToRequest(Send send)
    {
        Span<byte> id = stackalloc byte[MessageId.Bytes];
        send.MessageId.WriteTo(id);
        return new SendMessagesRequest
        {
            Message = new SendMessageRequest
            {
                MessageId = ByteString.CopyFrom(id),
                Recipient = send.Recipient,
                Text = send.Text,
                Nonce = send.Nonce,
            },
        };
    }

    /// <summary>What the first unanswered was told, and how long to wait.</summary>
    private readonly record struct HeldSend(Verdict Verdict, TimeSpan After);

    /// <summary>Cuts a stream on which nothing was answered for the attempt's deadline.</summary>
    private sealed class AnswerWatch : IAsyncDisposable
    {
        private readonly SendPipeline pipeline;
        private readonly CancellationTokenSource cut;
        private readonly ITimer timer;

        public AnswerWatch(SendPipeline pipeline, CancellationTokenSource cut)
        {
            this.pipeline = pipeline;
            this.cut = cut;
            timer = pipeline.options.TimeProvider.CreateTimer(
                static watch => ((AnswerWatch)watch!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Look();
        }

        /// <summary>Waits for a look under way: what it would cut is gone after this.</summary>
        public ValueTask DisposeAsync() => timer.DisposeAsync();

        private void Look()
        {
            TimeSpan left;
            lock (pipeline.gate)
            {
                var deadline = pipeline.walk.Deadline;
                left = pipeline.inFlight.Count == 0
                    ? deadline
                    : deadline - pipeline.options.TimeProvider.GetElapsedTime(pipeline.movedAt);
            }

            if (left > TimeSpan.Zero)
            {
                timer.Change(left, Timeout.InfiniteTimeSpan);
            }
            else
            {
                cut.Cancel();
            }
        }
    }
}
