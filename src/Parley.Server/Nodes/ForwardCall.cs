using Google.Protobuf;
using Grpc.Core;
using Parley.Server.Consensus;
using Parley.Server.Node.V1;

namespace Parley.Server.Nodes;

/// <summary>
/// Carries one lane's proposals to its leader on a call of its own. Natural batching: while one request is being
/// written, what comes waits for the next. It ends with the lane, or tells the proposer that the way broke.
/// </summary>
internal sealed class ForwardCall(ProposalLane lane, Proposer proposer)
{
    private const int CommandsMax = 1_024;
    private const int BytesMax = 2 << 20;
    private const int UnansweredMax = 64;

    private readonly AsyncSignal rung = new();
    private readonly Lock gate = new();
    private readonly Queue<(long Batch, ulong[] Numbers)> unanswered = new();
    private long lastBatch;

    public async Task RunAsync(PeerConnection connection, Metadata headers)
    {
        using var ended = new CancellationTokenSource();
        try
        {
            using var call = connection.Client.Forward(headers, cancellationToken: ended.Token);
            var reading = ReadAsync(call.ResponseStream, ended);
            lane.OnRing(rung.Set);
            try
            {
                await WriteAsync(call.RequestStream, ended.Token);
            }
            finally
            {
                await ended.CancelAsync();
                await reading;
            }
        }
        catch (Exception exception) when (
            exception is RpcException or OperationCanceledException or IOException or InvalidOperationException)
        {
            proposer.Broken(lane);
        }
    }

    private async Task WriteAsync(IClientStreamWriter<ForwardRequest> stream, CancellationToken cancellationToken)
    {
        var batch = new ProposalBatch();
        while (HasRoom() ? proposer.Take(lane, batch, CommandsMax, BytesMax) : proposer.IsOpen(lane))
        {
            if (batch.Commands.Count == 0)
            {
                await rung.WaitAsync(cancellationToken);
                continue;
            }

            var request = new ForwardRequest { Batch = ++lastBatch };
            foreach (var command in batch.Commands)
            {
                request.Commands.Add(UnsafeByteOperations.UnsafeWrap(command)); // Commands never change.
            }

            lock (gate)
            {
                unanswered.Enqueue((request.Batch, [.. batch.Numbers]));
            }

            batch.Clear();
            await stream.WriteAsync(request, cancellationToken);
        }
    }

    private bool HasRoom()
    {
        lock (gate)
        {
            return unanswered.Count < UnansweredMax;
        }
    }

    private async Task ReadAsync(IAsyncStreamReader<ForwardResponse> stream, CancellationTokenSource ended)
    {
        try
        {
            while (await stream.MoveNext(ended.Token))
            {
                var answer = stream.Current;
                if (answer.NotLeader)
                {
                    break;
                }

                Answered(answer);
                rung.Set();
            }
        }
        catch (Exception exception) when (
            exception is RpcException or OperationCanceledException or IOException or InvalidOperationException)
        {
            proposer.Broken(lane);
        }

        proposer.Broken(lane);
        await ended.CancelAsync();
    }

    private void Answered(ForwardResponse answer)
    {
        ulong[] numbers;
        lock (gate)
        {
            (long Batch, ulong[] Numbers) oldest;
            do
            {
                if (!unanswered.TryDequeue(out oldest) || oldest.Batch > answer.Batch)
                {
                    throw new InvalidOperationException("answers to forwarded commands came out of order");
                }
            }
            while (oldest.Batch < answer.Batch); // Those before it were appended whole.

            numbers = oldest.Numbers;
        }

        if (answer.Overloaded > 0)
        {
            proposer.Overloaded(numbers[^Math.Min(answer.Overloaded, numbers.Length)..]);
        }
    }
}
