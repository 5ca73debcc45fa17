using System.Globalization;
using Microsoft.AspNetCore.Http;
using Parley.Core;
using Parley.Raft;
using Parley.Server.Consensus;
using Parley.Server.Guarding;
using Parley.Server.Sessions;

namespace Parley.Server.Api;

/// <summary>
/// Decides whether a call may go to its handler: the right cluster, this node not behind what the client has seen, a
/// live session, a share left of what its account, or its address, may have. A known session costs no waiting.
/// </summary>
internal sealed class SessionGate(
    StateAccess state, ReadIndexer readIndexer, NodeView view, SessionActivity activity, CallLimits limits)
{
    /// <summary>Request and response metadata: the cluster's id, 32 hexadecimal digits.</summary>
    public const string ClusterHeader = "parley-cluster";

    /// <summary>Response metadata: the leader's client address (advisory).</summary>
    public const string LeaderHeader = "parley-leader";

    /// <summary>Request metadata: the highest log index the client has seen, decimal.</summary>
    public const string SeenIndexHeader = "parley-seen-index";

    /// <summary>Admits the call and leaves a <see cref="Caller"/> as a feature of the request.</summary>
    /// <exception cref="RefusedException">It may not go on.</exception>
    /// <exception cref="NotDoneException">Whether it may could not be found out now.</exception>
    public ValueTask AdmitAsync(
        HttpContext http, CallPlace place, Access access, CancellationToken cancellationToken)
    {
        var picture = view.Current;
        Introduce(http.Response.Headers, picture);
        if (access is Access.Open or Access.Anonymous)
        {
            limits.TakeOfAddress(place, http);
        }

        if (access == Access.Open)
        {
            return ValueTask.CompletedTask;
        }

        CheckCluster(http.Request.Headers, picture);
        var seenIndex = ReadSeenIndex(http.Request.Headers);
        if (access == Access.Anonymous)
        {
            return CatchUpAsync(seenIndex, cancellationToken);
        }

        var isBehind = access != Access.SessionAtAnyIndex && seenIndex > state.AppliedIndex;
        if (!isBehind && FindSession(http) is { } session && MayCall(session, access))
        {
            Accept(http, place, session, access, seenIndex);
            return ValueTask.CompletedTask;
        }

        return AdmitLaterAsync(http, place, access, isBehind, seenIndex, cancellationToken);
    }

    /// <summary>The highest-index rule: waits until this node has applied what the client has seen.</summary>
    /// <exception cref="RefusedException">It has not in time.</exception>
    public async ValueTask CatchUpAsync(long? seenIndex, CancellationToken cancellationToken)
    {
        if (seenIndex is { } index && !await TryCatchUpAsync(index, cancellationToken))
        {
            throw Behind(index);
        }
    }

    /// <summary>As <see cref="CatchUpAsync"/>; false when it has not in time.</summary>
    public async ValueTask<bool> TryCatchUpAsync(long seenIndex, CancellationToken cancellationToken) =>
        seenIndex <= state.AppliedIndex
        || await state.WaitForAppliedAsync(seenIndex, ApiLimits.CatchUpWait, cancellationToken);

    /// <summary>Looks once more, after the state went on: what ended the session may have been applied since.</summary>
    /// <exception cref="RefusedException">SESSION_ENDED.</exception>
    public void CheckStillLive(Caller caller)
    {
        if (state.Directory.FindSession(caller.Session.Number) is null)
        {
            throw new RefusedException(Reasons.SessionEnded);
        }
    }

    /// <summary>As <see cref="CheckStillLive"/>, and that the caller's account is an administrator.</summary>
    /// <exception cref="RefusedException">SESSION_ENDED or NOT_ALLOWED.</exception>
    public void CheckStillAdministrator(Caller caller)
    {
        CheckStillLive(caller);
        CheckRole(caller.Session, Access.Administrator);
    }

    private static void Introduce(IHeaderDictionary headers, NodePicture picture)
    {
        headers[ClusterHeader] = picture.ClusterId;
        if (picture.Leader == NodeId.None)
        {
            return;
        }

        foreach (var member in picture.Members)
        {
            if (member.Id == picture.Leader && member.ClientAddress.Length > 0)
            {
                headers[LeaderHeader] = member.ClientAddress;
            }
        }
    }

    private static void CheckCluster(IHeaderDictionary headers, NodePicture picture)
    {
        if (!picture.IsFormed)
        {
            throw new RefusedException(Reasons.NotServing);
        }

        var expected = headers[ClusterHeader];
        if (expected.Count > 0 && !string.Equals(expected, picture.ClusterId, StringComparison.OrdinalIgnoreCase))
        {
            throw new RefusedException(Reasons.ClusterChanged);
        }
    }

    private static long? ReadSeenIndex(IHeaderDictionary headers)
    {
        var text = headers[SeenIndexHeader];
        if (text.Count == 0)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : throw new RefusedException(
                Reasons.ArgumentInvalid, $"{SeenIndexHeader}: a decimal number from 0 is expected");
    }

    private async ValueTask AdmitLaterAsync(
        HttpContext http,
        CallPlace place,
        Access access,
        bool isBehind,
        long? seenIndex,
        CancellationToken cancellationToken)
    {
        // Before any wait: whoever waits has a place, of its account's or of those strangers have.
        var session = FindSession(http);
        if (session is null || !MayCall(session, access))
        {
            TakeOfAddress(http, place, isBehind ? seenIndex : null);
        }
        else
        {
            limits.TakeOfAccount(place, session.Account);
        }

        if (isBehind)
        {
            await CatchUpAsync(seenIndex, cancellationToken);
            session = FindSession(http);
        }

        if (session is null || !MayCall(session, access))
        {
            // Another node may have opened it, or made its account an administrator, and this one not applied that yet.
            await readIndexer.WaitAsync(cancellationToken);
            session = FindSession(http) ?? throw new RefusedException(Reasons.SessionEnded);
        }

        Accept(http, place, session, access, seenIndex);
    }

    /// <summary>Many come at once from one address when another node is gone, their sessions not known here yet: where
    /// this node is behind what they have seen, waiting for a share of it helps nobody.</summary>
    /// <param name="http">The request.</param>
    /// <param name="place">The call's.</param>
    /// <param name="ahead">The index that this node is behind; null: it is not.</param>
    private void TakeOfAddress(HttpContext http, CallPlace place, long? ahead)
    {
        try
        {
            limits.TakeOfAddress(place, http);
        }
        catch (RefusedException) when (ahead is not null)
        {
            throw Behind(ahead.Value);
        }
    }

    private RefusedException Behind(long seenIndex) => new(
        Reasons.NodeBehind,
        $"this node has applied the log up to {state.AppliedIndex}, the client has seen {seenIndex}");

    private SessionFacts? FindSession(HttpContext http)
    {
        Span<byte> hash = stackalloc byte[SessionToken.HashBytes];
        var authorization = http.Request.Headers.Authorization;
        return authorization.Count == 1 && SessionToken.TryHash(authorization[0], hash)
            ? state.Directory.FindSession(hash)
            : throw new RefusedException(Reasons.SessionEnded);
    }

    private void Accept(HttpContext http, CallPlace place, SessionFacts session, Access access, long? seenIndex)
    {
        CheckRole(session, access);
        activity.Heard(session.Number);
        http.Features.Get<GuardedConnection>()?.Prove(session.Account);
        http.Features.Set(new Caller(session, seenIndex));
        if (place.Account == 0)
        {
            limits.TakeOfAccount(place, session.Account);
        }
    }

    private void CheckRole(SessionFacts session, Access access)
    {
        if (!MayCall(session, access))
        {
            throw new RefusedException(Reasons.NotAllowed);
        }
    }

    private bool MayCall(SessionFacts session, Access access) =>
        access != Access.Administrator
        || state.Directory.FindAccount(session.Account) is { IsAdministrator: true };
}
