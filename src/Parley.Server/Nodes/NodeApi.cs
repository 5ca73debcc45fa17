using System.Threading.Channels;
using Grpc.Core;
using Parley.Raft;
using Parley.Server.Certificates;
using Parley.Server.Consensus;
using Parley.Server.Hosting;
using Parley.Server.Node.V1;

namespace Parley.Server.Nodes;

/// <summary>What other nodes call on this one.</summary>
internal sealed class NodeApi(
    NodeRuntime runtime,
    NodeStore store,
    FormationDriver formation,
    NodeTls tls,
    ForwardedCommands forwarded,
    MemberChanges members,
    Restarts restarts)
    : NodeService.NodeServiceBase
{
    public override async Task Consensus(
        IAsyncStreamReader<ConsensusRequest> requestStream,
        IServerStreamWriter<ConsensusResponse> responseStream,
        ServerCallContext context)
    {
        var parts = GetParts();
        var caller = CheckCaller(parts, context);
        using var visit = parts.Peers.Arrived(caller);
        await responseStream.WriteAsync(new ConsensusResponse { StartNonce = parts.StartNonce });
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, runtime.Stopped);
        await UntilBrokenAsync(async () =>
        {
            while (await requestStream.MoveNext(ended.Token))
            {
                parts.Peers.Received(caller.Key, requestStream.Current);
            }
        });
    }

    public override async Task Forward(
        IAsyncStreamReader<ForwardRequest> requestStream,
        IServerStreamWriter<ForwardResponse> responseStream,
        ServerCallContext context)
    {
        var parts = GetParts();
        var from = CheckMember(parts, context);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, runtime.Stopped);
        var answers = Channel.CreateUnbounded<ForwardAnswer>(new UnboundedChannelOptions { SingleReader = true });
        var stream = new ForwardedStream(answer => answers.Writer.TryWrite(answer));
        var answering = UntilBrokenAsync(() => AnswerAsync(answers.Reader, responseStream, ended.Token));
        await UntilBrokenAsync(async () =>
        {
            while (await requestStream.MoveNext(ended.Token))
            {
                if (forwarded.Find(requestStream.Current, stream, from, parts) is not { } batch)
                {
                    return;
                }

                if (!parts.Mail.Loop.TryPost(new LoopInput.Forwarded(batch)))
                {
                    answers.Writer.TryWrite(new ForwardAnswer(batch.Number, false, Term.None, batch.Asked)
                    {
                        Refused = batch.Refused,
                    });
                }
            }
        });
        answers.Writer.TryComplete();
        await ended.CancelAsync();
        await answering;
    }

    public override async Task FetchSnapshot(
        FetchSnapshotRequest request,
        IServerStreamWriter<FetchSnapshotResponse> responseStream,
        ServerCallContext context)
    {
        var parts = GetParts();
        CheckMember(parts, context);
        if (!parts.Digests.MayBeCopied)
        {
            throw new RpcException(new Status(
                StatusCode.FailedPrecondition, "another node's state differs from this one's, see the warnings"));
        }

        var (index, term) = (new LogIndex(request.Index), new Term(request.SnapshotTerm));
        var made = parts.Store.Snapshots.FindMade(index, term)
            ?? throw new RpcException(new Status(StatusCode.NotFound, "there is another snapshot by now"));
        var sender = new SnapshotSender(
            made, responseStream, () => parts.Store.Snapshots.FindMade(index, term), how => Damaged(parts, made, how));
        await sender.SendAsync(request.Offset, context.CancellationToken);
    }

    public override Task<IdentifyResponse> Identify(IdentifyRequest request, ServerCallContext context)
    {
        tls.CheckCaller(context, new NodeId(request.From));
        var answer = formation.Identify();
        answer.WasMember = store.WasMember;
        return Task.FromResult(answer);
    }

    public override Task<FormResponse> Form(FormRequest request, ServerCallContext context)
    {
        tls.CheckCaller(context, new NodeId(request.From));
        return formation.FormAsync(request, context.CancellationToken);
    }

    public override Task<JoinResponse> Join(JoinRequest request, ServerCallContext context)
    {
        tls.CheckCaller(context, new NodeId(request.From));
        if (store.WasMember)
        {
            // Named since it was looked at, and no member for the leader: it would meet its own removal.
            return Task.FromResult(new JoinResponse { Reason = "it was a member of this cluster already: ask again" });
        }

        if (formation.MayJoin(request))
        {
            // Before the answer: once the log names this node, nothing before that may.
            ProcessEnd.Guard("joining the cluster", () => store.JoinsAfter(new LogIndex(request.LogIndex)));
        }

        return formation.JoinAsync(request, context.CancellationToken);
    }

    public override async Task<ChangeMemberResponse> ChangeMember(
        ChangeMemberRequest request, ServerCallContext context)
    {
        CheckMember(GetParts(), context);
        var answer = await members.LeadAsync(
            new MemberWish(new NodeId(request.Id), (MemberAct)request.Act, request.Address),
            context.CancellationToken);
        return new ChangeMemberResponse { Done = answer.IsDone, Later = answer.IsForLater, Reason = answer.Reason };
    }

    public override Task<RestartResponse> Restart(RestartRequest request, ServerCallContext context)
    {
        var parts = GetParts();
        var leader = CheckMember(parts, context);
        return Task.FromResult(restarts.Take(parts, leader, request.Term));
    }

    /// <summary>Nobody is given this snapshot any more, and where one is still needed another one is made. Told once:
    /// several receivers may find the same damage, or one that another snapshot has taken the place of.</summary>
    private static void Damaged(NodeParts parts, MadeSnapshot snapshot, string how)
    {
        if (parts.Store.Snapshots.Drop(snapshot))
        {
            Log.SnapshotDamaged(parts.Logger, snapshot.Mark.Index.Value, how);
            parts.Mail.Loop.Post(new LoopInput.SnapshotDamaged(snapshot.Mark.Index, snapshot.Mark.Term));
        }
    }

    private static async Task AnswerAsync(
        ChannelReader<ForwardAnswer> answers,
        IServerStreamWriter<ForwardResponse> stream,
        CancellationToken cancellationToken)
    {
        await foreach (var answer in answers.ReadAllAsync(cancellationToken))
        {
            await stream.WriteAsync(
                new ForwardResponse
                {
                    Batch = answer.Batch,
                    NotLeader = answer.IsNotLeader,
                    Term = answer.Term.Value,
                    Overloaded = answer.Overloaded,
                    Refused = { answer.Refused ?? [] },
                    OverloadedPlaces = { answer.OverloadedPlaces ?? [] },
                },
                cancellationToken);
        }
    }

    /// <summary>A stream between nodes ends by breaking; its other end says what became of it.</summary>
    private static async Task UntilBrokenAsync(Func<Task> talk)
    {
        try
        {
            await talk();
        }
        catch (Exception exception) when (
            exception is OperationCanceledException or IOException or InvalidOperationException or RpcException)
        {
            return;
        }
    }

    /// <summary>The node that calls: by what it says, and by its certificate.</summary>
    private CallingNode CheckCaller(NodeParts parts, ServerCallContext context)
    {
        var caller = parts.Peers.Greeting.Check(context.RequestHeaders);
        tls.CheckCaller(context, caller.Key.Id);
        return caller;
    }

    /// <summary>For what a leader alone is asked, who knows its members: it takes commands from no other, and gives its
    /// state to no other.</summary>
    private NodeId CheckMember(NodeParts parts, ServerCallContext context)
    {
        var key = CheckCaller(parts, context).Key;
        return parts.Peers.IsMember(key)
            ? key.Id
            : throw new RpcException(
                new Status(StatusCode.FailedPrecondition, $"a member of the cluster expected, {key} found"));
    }

    private NodeParts GetParts() => runtime.Parts
        ?? throw new RpcException(
            new Status(StatusCode.FailedPrecondition, "this node does not belong to a cluster yet"));
}
