using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Parley.Core;
using Parley.Protocol.Chat.V1;
using Parley.Server.Consensus;

namespace Parley.Server.Api;

/// <summary>
/// One SendMessages stream: one loop reads and proposes without awaiting outcomes, the other answers in the order of
/// the requests. Between them waits a bounded queue: when it is full the stream is not read.
/// </summary>
internal sealed class SendStream(
    SendIntake intake,
    SessionFacts session,
    IAsyncStreamReader<SendMessagesRequest> requests,
    IServerStreamWriter<SendMessagesResponse> responses)
{
    private static readonly WriteOptions MoreFollows = new(WriteFlags.BufferHint);
    private static readonly WriteOptions Flushed = new();

    private readonly Channel<TakenSend> taken = Channel.CreateBounded<TakenSend>(
        new BoundedChannelOptions(ApiLimits.SendsInFlightMax - 1) { SingleReader = true, SingleWriter = true });

    /// <summary>Runs until the client has sent its last message and has all answers.</summary>
    /// <param name="draining">The node is stopping: nothing more is read, what was taken is answered.</param>
    /// <param name="sessionEnded">So has the session: likewise. A client relies on it: what it has no answer to before
    /// SESSION_ENDED was not taken.</param>
    /// <param name="callEnded">The client has gone.</param>
    /// <exception cref="RefusedException">DRAINING or SESSION_ENDED.</exception>
    public async Task RunAsync(
        CancellationToken draining, CancellationToken sessionEnded, CancellationToken callEnded)
    {
        using var mute = CancellationTokenSource.CreateLinkedTokenSource(callEnded);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(draining, sessionEnded, mute.Token);
        var answering = AnswerAllAsync(mute.Cancel, callEnded);
        try
        {
            await TakeAllAsync(stop.Token, mute.Token, callEnded);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopping, or the answers cannot be written: the lines below tell which.
        }
        finally
        {
            taken.Writer.Complete();
            await answering;
        }

        callEnded.ThrowIfCancellationRequested();
        if (draining.IsCancellationRequested)
        {
            throw new RefusedException(Reasons.Draining);
        }

        if (sessionEnded.IsCancellationRequested)
        {
            throw new RefusedException(Reasons.SessionEnded);
        }
    }

    /// <summary>What is taken waits for its place among the answers, unless there are none any more.</summary>
    private async Task TakeAllAsync(CancellationToken stop, CancellationToken mute, CancellationToken callEnded)
    {
        while (await requests.MoveNext(stop))
        {
            var message = requests.Current.Message;
            var send = message is null
                ? TakenSend.Refused(ByteString.Empty, Reasons.MessageIdInvalid)
                : await intake.TakeAsync(session, message, callEnded);
            if (!taken.Writer.TryWrite(send))
            {
                await taken.Writer.WriteAsync(send, mute);
            }
        }
    }

    private async Task AnswerAllAsync(Action ended, CancellationToken callEnded)
    {
        try
        {
            while (await taken.Reader.WaitToReadAsync(callEnded))
            {
                while (taken.Reader.TryRead(out var send))
                {
                    var response = await AnswerAsync(send);
                    var isLastForNow = !taken.Reader.TryPeek(out var next) || !next.IsDecided;
                    responses.WriteOptions = isLastForNow ? Flushed : MoreFollows;
                    await responses.WriteAsync(response, callEnded);
                }
            }
        }
        finally
        {
            ended();
        }
    }

    private static async ValueTask<SendMessagesResponse> AnswerAsync(TakenSend send)
    {
        var response = new SendMessagesResponse { MessageId = send.MessageId };
        if (send.Outcome is not { } outcome)
        {
            response.Error = ToError(send.Reason!, send.Sentence, send.RetryAfter);
            return response;
        }

        try
        {
            if (!outcome.IsCompleted)
            {
                // Outcomes come in batches, one completed after the other by a thread that would run this loop in
                // between: it lets that thread finish, and then writes all answers of the batch with one flush.
                await ((Task)outcome).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await Task.Yield();
            }

            Fill(response, await outcome);
        }
        catch (NotDoneException notDone)
        {
            response.Error = ToError(Reasons.Of(notDone.Reason), notDone.Message, TimeSpan.Zero);
        }

        return response;
    }

    private static void Fill(SendMessagesResponse response, AppliedCommand applied)
    {
        if (applied.Outcome is Outcome.Rejected rejected)
        {
            response.Error = ToError(Reasons.Of(rejected.Reason), sentence: null, TimeSpan.Zero);
        }
        else
        {
            response.Stored = MessageApi.ToResponse(applied.Expect<Outcome.MessageStored>());
        }
    }

    private static SendError ToError(Reason reason, string? sentence, TimeSpan retryAfter) => new()
    {
        Code = (int)reason.Code,
        Reason = reason.Name,
        Message = sentence ?? reason.Sentence,
        RetryAfterMs = (long)reason.WaitOf(retryAfter).TotalMilliseconds,
    };
}
