namespace Parley.Verify.Linearizability;

/// <summary>What was asked about one name, and what was answered.</summary>
internal enum NameAnswer
{
    None = 0,
    Created = 1,

    /// <summary>A creation that found the name taken.</summary>
    Taken = 2,

    /// <summary>A login that ended the live session, if there was one.</summary>
    TakenOver = 3,

    /// <summary>A login that found no live session.</summary>
    LoggedIn = 4,

    /// <summary>A login that found a live session.</summary>
    FoundSession = 5,

    /// <summary>A login that found no account.</summary>
    FoundNobody = 6,

    /// <summary>A write of the session was stored.</summary>
    Wrote = 7,

    /// <summary>The session was told that it has ended.</summary>
    Ended = 8,
    LoggedOut = 9,
    Deleted = 10,

    /// <summary>A logout or deletion was told that the session has ended: an earlier attempt of it may have done that.
    /// </summary>
    LogoutFoundEnded = 11,
    DeleteFoundEnded = 12,

    /// <summary>A login that found no live session, and whose own had ended when it asked again: it may have been live
    /// for a while, seen by others.</summary>
    LoginFoundEnded = 13,

    /// <summary>The same of a login that ended the live session, if there was one.</summary>
    TakeOverFoundEnded = 14,
}

/// <summary>One operation on a name.</summary>
/// <param name="Answer">What was asked and answered.</param>
/// <param name="Client">The life of the client: its session is named by it.</param>
internal sealed record NameOperation(NameAnswer Answer, string Client);

/// <summary>One name: whether an account has it, and which session of it lives (none: empty).</summary>
internal sealed record NameState(bool Exists, string Session)
{
    public static readonly NameState Free = new(Exists: false, "");
}

/// <summary>What one copy of a name would do: one name, one account; one account, one live session.</summary>
internal static class NameModel
{
    /// <summary>The states that an operation with that answer can lead to.</summary>
    public static IReadOnlyList<NameState> Next(NameState now, NameOperation operation)
    {
        var isMine = now.Exists && string.Equals(now.Session, operation.Client, StringComparison.Ordinal);
        var isLive = now.Exists && now.Session.Length > 0;
        var mine = now with { Session = operation.Client };
        var ended = now with { Session = "" };
        return operation.Answer switch
        {
            NameAnswer.Created => When(!now.Exists, new(Exists: true, "")),
            NameAnswer.Taken => When(now.Exists, now),
            NameAnswer.TakenOver => When(now.Exists, mine),
            NameAnswer.LoggedIn => When(now.Exists && !isLive, mine),
            NameAnswer.FoundSession => When(isLive, now),
            NameAnswer.FoundNobody => When(!now.Exists, now),
            NameAnswer.Wrote => When(isMine, now),
            NameAnswer.Ended => When(!isMine, now),
            NameAnswer.LoggedOut => When(isMine, ended),
            NameAnswer.Deleted => When(isMine, NameState.Free),
            NameAnswer.LogoutFoundEnded => [isMine ? ended : now],
            NameAnswer.DeleteFoundEnded => [isMine ? NameState.Free : now],
            NameAnswer.LoginFoundEnded => now.Exists && !isLive ? [now, mine] : [now],
            NameAnswer.TakeOverFoundEnded => now.Exists ? [now, ended, mine] : [now],
            _ => throw new InvalidOperationException($"{operation.Answer} is no answer"),
        };
    }

    private static NameState[] When(bool can, NameState state) => can ? [state] : [];
}
