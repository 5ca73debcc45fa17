namespace Parley.Client;

/// <summary>Why a call did not do what was asked. The subclass says what the caller can do about it.</summary>
public abstract class ParleyException : Exception
{
    private protected ParleyException(string reason, string message, Exception? inner = null)
        : base(message, inner) => Reason = reason;

    /// <summary>The stable reason, UPPER_SNAKE_CASE.</summary>
    public string Reason { get; }
}

/// <summary>The cluster refused it, for good: nothing was done. Change the request.</summary>
public sealed class RefusedException(string reason, string message) : ParleyException(reason, message);

/// <summary>No such account, recipient or conversation: nothing was done.</summary>
public sealed class NotFoundException(string reason, string message) : ParleyException(reason, message);

/// <summary>Something else is there already (a name, a live session, a newer stream, another cluster): nothing was
/// done.</summary>
public sealed class ConflictException(string reason, string message) : ParleyException(reason, message);

/// <summary>No valid session, or a wrong name or password: nothing was done. Log in.</summary>
public sealed class NotAuthenticatedException(string reason, string message) : ParleyException(reason, message);

/// <summary>No node took it within the give-up time: nothing was done, and nothing will be.</summary>
public sealed class NoMajorityException(string message, Exception? inner = null)
    : ParleyException(NoMajority, message, inner)
{
    /// <summary>The reason.</summary>
    public const string NoMajority = "NO_MAJORITY";
}

/// <summary>A node may have taken it, but no answer came: it may be done or not. Repeating a send with its id tells.
/// </summary>
public sealed class OutcomeUnknownException(string reason, string message, Exception? inner = null)
    : ParleyException(reason, message, inner)
{
    /// <summary>The usual reason.</summary>
    public const string OutcomeUnknown = "OUTCOME_UNKNOWN";
}
