using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Parley.Raft;
using Parley.Raft.Formation;
using Parley.Raft.Storage;
using Parley.Server.Certificates;
using Parley.Server.Consensus;
using Parley.Server.Hosting;
using Parley.Server.Node.V1;

namespace Parley.Server.Nodes;

/// <summary>Drives FormationCore over calls between nodes: asks the others who they are, gives their answers in, syncs
/// the stamp, and says when the node belongs to its cluster.</summary>
internal sealed class FormationDriver(
    ServerOptions options,
    PosixDataDirectory directory,
    NodeTls tls,
    NodeView view,
    ILogger<FormationDriver> logger) : IDisposable
{
    private static readonly TimeSpan RoundPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CallMax = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly FormationCore core = new(
        directory.Stamp,
        [.. options.Members.Select(member => new ConfiguredMember(new NodeId(member.Id), member.Address))],
        RandomNumbers.DrawClusterId(),
        options.Join);
    private readonly Dictionary<NodeId, PeerConnection> connections = options.Members
        .Where(member => member.Id != options.Id)
        .ToDictionary(member => new NodeId(member.Id), member => new PeerConnection(
            ParseAddress(options.DialAddressOf(member.Id) ?? member.Address), tls.OptionsTo(member.Id)));
    private readonly ConcurrentDictionary<long, TaskCompletionSource<FormationReply>> replies = new();
    private readonly TaskCompletionSource formed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FormationNotice? told;
    private long lastCall;

    /// <summary>Completes when this node belongs to its cluster, which is on disk.</summary>
    public Task Formed => formed.Task;

    /// <summary>Asks until everybody is formed; ends only then, or by cancellation.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            Pump(cancellationToken);
            while (!IsSettled())
            {
                await Task.WhenAll(connections.Select(peer => IdentifyAsync(peer.Key, peer.Value, cancellationToken)));
                Pump(cancellationToken);
                await Task.Delay(RoundPause, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return; // This node stops.
        }
        catch (Exception exception)
        {
            ProcessEnd.Fail("forming the cluster", exception);
        }
    }

    /// <summary>Another node asks who this one is.</summary>
    public IdentifyResponse Identify()
    {
        FormationIdentity identity;
        lock (gate)
        {
            identity = core.Identity;
        }

        return new IdentifyResponse
        {
            NodeId = identity.Id.Value,
            Incarnation = identity.Incarnation,
            Formation = (int)identity.Stage,
            ClusterId = identity.ClusterId,
            Members = { identity.Members },
            ClientAddress = options.Advertise ?? options.Listen,
        };
    }

    /// <summary>Another node takes a step of formation; answered when it is on disk.</summary>
    public async Task<FormResponse> FormAsync(FormRequest request, CancellationToken cancellationToken)
    {
        var offer = new FormationOffer
        {
            From = new NodeId(request.From),
            ClusterId = request.ClusterId,
            Members =
            [
                .. request.Members.Select(member =>
                    new FoundingMember(new NodeId(member.Id), member.Incarnation, member.Address)),
            ],
            Formed = request.Formed,
        };
        var answer = await AnswerAsync(call => core.OfferReceived(call, offer), cancellationToken);
        return new FormResponse { Accepted = answer.Accepted, Reason = answer.Reason };
    }

    /// <summary>Whether this directory is meant, and belongs to no other cluster.</summary>
    public bool MayJoin(JoinRequest request)
    {
        lock (gate)
        {
            return core.FindJoinFault(request.ClusterId, request.Incarnation) is null;
        }
    }

    /// <summary>A cluster takes this node in; answered when it is on disk.</summary>
    public async Task<JoinResponse> JoinAsync(JoinRequest request, CancellationToken cancellationToken)
    {
        var answer = await AnswerAsync(
            call => core.JoinReceived(call, request.ClusterId, request.Incarnation), cancellationToken);
        return new JoinResponse { Accepted = answer.Accepted, Reason = answer.Reason };
    }

    public void Dispose()
    {
        foreach (var connection in connections.Values)
        {
            connection.Dispose();
        }
    }

    private static HostPort ParseAddress(string text) =>
        HostPort.TryParse(text, out var address)
            ? address
            : throw new Raft.InvariantBrokenException("members were checked");

    private async Task<FormationReply> AnswerAsync(Action<long> give, CancellationToken cancellationToken)
    {
        var reply = new TaskCompletionSource<FormationReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            var call = ++lastCall;
            replies[call] = reply;
            give(call);
        }

        Pump(CancellationToken.None);
        return await reply.Task.WaitAsync(cancellationToken);
    }

    private bool IsSettled()
    {
        lock (gate)
        {
            return core.IsSettled;
        }
    }

    private async Task IdentifyAsync(NodeId member, PeerConnection connection, CancellationToken cancellationToken)
    {
        FormationIdentity? identity = null;
        try
        {
            var answer = await connection.Client.IdentifyAsync(
                new IdentifyRequest { From = options.Id, Incarnation = directory.Stamp.Incarnation },
                deadline: DateTime.UtcNow + CallMax,
                cancellationToken: cancellationToken);
            identity = new FormationIdentity
            {
                Id = new NodeId(answer.NodeId),
                Incarnation = answer.Incarnation,
                Stage = (FormationStage)answer.Formation,
                ClusterId = answer.ClusterId,
                Members = answer.Members,
            };
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Log.NotIdentified(logger, member.Value, exception.Status.Detail);
        }

        lock (gate)
        {
            if (identity is null)
            {
                core.Unreachable(member);
            }
            else
            {
                core.Identified(identity);
            }
        }
    }

    /// <summary>Does what the core wants done until it wants nothing; calls are made beside.</summary>
    private void Pump(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            while (core.TakeReady() is { } ready)
            {
                if (ready.StampToSync is { } stamp)
                {
                    Sync(stamp);
                    core.StampSynced();
                }

                foreach (var reply in ready.Replies)
                {
                    if (replies.TryRemove(reply.Call, out var waiting))
                    {
                        waiting.TrySetResult(reply);
                    }
                }

                foreach (var call in ready.Calls)
                {
                    _ = OfferAsync(call, cancellationToken);
                }
            }

            Tell();
        }
    }

    private void Sync(NodeStamp stamp)
    {
        try
        {
            directory.WriteStamp(stamp with { HasLog = stamp.HasLog || directory.Stamp.HasLog });
        }
        catch (StorageFailedException exception)
        {
            ProcessEnd.Fail("writing the stamp", exception);
        }
    }

    private void Tell()
    {
        if (core.Notice != told)
        {
            told = core.Notice;
            if (!core.IsFormed)
            {
                view.Publish(NodePictures.BeforeFormation(options, told.Text));
            }

            Log.FormationNotice(logger, told.Text);
        }

        if (core.IsFormed)
        {
            formed.TrySetResult();
        }
    }

    private async Task OfferAsync(FormationCall call, CancellationToken cancellationToken)
    {
        try
        {
            var request = new FormRequest
            {
                ClusterId = call.Offer.ClusterId,
                Formed = call.Offer.Formed,
                From = call.Offer.From.Value,
            };
            request.Members.AddRange(call.Offer.Members.Select(member =>
                new FormMember { Id = member.Id.Value, Incarnation = member.Incarnation, Address = member.Address }));
            var answer = await connections[call.To].Client.FormAsync(
                request, deadline: DateTime.UtcNow + CallMax, cancellationToken: cancellationToken);
            lock (gate)
            {
                core.OfferAnswered(call, answer.Accepted, answer.Reason);
            }

            Pump(cancellationToken);
        }
        catch (RpcException exception)
        {
            Log.NotIdentified(logger, call.To.Value, exception.Status.Detail); // It is offered again.
        }
        catch (Exception exception)
        {
            ProcessEnd.Fail("forming the cluster", exception);
        }
    }
}
