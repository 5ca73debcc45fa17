using System.Threading.Channels;
using Grpc.Core;
using Grpc.Health.V1;
using Parley.Server.Consensus;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Parley.Server.Api;

/// <summary>grpc.health.v1: SERVING once the node knows a leader and has applied what was committed at its start.
/// </summary>
internal sealed class HealthApi(NodeView view, Draining draining) : Health.HealthBase
{
    private const string ServicePrefix = "parley.chat.v1.";

    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) =>
        IsKnown(request.Service)
            ? Task.FromResult(new HealthCheckResponse { Status = Status })
            : throw new RpcException(new Status(StatusCode.NotFound, "unknown service"));

    public override async Task Watch(
        HealthCheckRequest request,
        IServerStreamWriter<HealthCheckResponse> responseStream,
        ServerCallContext context)
    {
        // One place: a change that comes while another waits says the same, "look again".
        var changes = Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void OnChanged(object? sender, EventArgs e) => changes.Writer.TryWrite(true);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, draining.Token);
        view.Changed += OnChanged;
        try
        {
            var told = ServingStatus.Unknown;
            do
            {
                var now = IsKnown(request.Service) ? Status : ServingStatus.ServiceUnknown;
                if (now != told)
                {
                    told = now;
                    await responseStream.WriteAsync(new HealthCheckResponse { Status = now }, stop.Token);
                }
            }
            while (await changes.Reader.ReadAsync(stop.Token));
        }
        catch (OperationCanceledException) when (draining.Token.IsCancellationRequested)
        {
            throw Reasons.Draining.ToRpcException(sentence: null, TimeSpan.Zero);
        }
        finally
        {
            view.Changed -= OnChanged;
        }
    }

    private ServingStatus Status => view.Current.IsServing ? ServingStatus.Serving : ServingStatus.NotServing;

    private static bool IsKnown(string service) =>
        service.Length == 0 || service.StartsWith(ServicePrefix, StringComparison.Ordinal);
}
