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

    private readonly AsyncSignal rung = new();
    private readonly UnansweredBatches unanswered = new(proposer);
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
        while (unanswered.HasRoom ? proposer.Take(lane, batch, CommandsMax, BytesMax) : proposer.IsOpen(lane))
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

            unanswered.Add(request.Batch, batch.Numbers);
            batch.Clear();
            await stream.WriteAsync(request, cancellationToken);
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

                unanswered.Answered(answer);
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
}
