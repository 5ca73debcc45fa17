using Grpc.Core;
using Parley.Protocol.Chat.V1;
using Parley.Raft;
using Parley.Server.Consensus;
using Parley.Server.Nodes;

namespace Parley.Server.Api;

/// <summary>Administrators change the cluster's members.</summary>
internal sealed class MembershipApi(
    MemberChanges members, StateAccess state, ReadIndexer readIndexer, SessionGate sessions)
    : MembershipService.MembershipServiceBase
{
    public override async Task<ChangeMemberResponse> ChangeMember(
        ChangeMemberRequest request, ServerCallContext context)
    {
        var act = (MemberAct)request.Change;
        if (act == MemberAct.None || !Enum.IsDefined(act))
        {
            throw new RefusedException(Reasons.ArgumentInvalid, "change: one of MemberChange is expected");
        }

        if (request.Id < 1)
        {
            throw new RefusedException(Reasons.ArgumentInvalid, "id: a node's number, from 1, is expected");
        }

        // The change is no command that Apply could hold to the session.
        await readIndexer.WaitAsync(context.CancellationToken);
        sessions.CheckStillAdministrator(Caller.Of(context));
        var answer = await members.AskAsync(
            new MemberWish(new NodeId(request.Id), act, request.NodeAddress), context.CancellationToken);
        return new ChangeMemberResponse
        {
            Done = answer.IsDone,
            Later = answer.IsForLater,
            Reason = answer.Reason,
            LogIndex = state.AppliedIndex,
        };
    }
}
