namespace Parley.Tests.BadInput;

/// <summary>One line of a table: an input, and what is answered to somebody without a session, to a member and to an
/// administrator. An answer is <c>OK</c>, or <c>CODE REASON</c> with the sentence of the server's own table, or
/// <c>CODE REASON: sentence</c> where that sentence is another one.</summary>
internal sealed record Row(string Input, Func<Caller, Task> Call, string Nobody, string Member, string Administrator)
{
    public const string Ok = "OK";
    public const string NoSession = "UNAUTHENTICATED SESSION_ENDED";
    public const string NotAllowed = "PERMISSION_DENIED NOT_ALLOWED";

    /// <summary>Whoever asks gets the same answer.</summary>
    public static Row Anyone(string input, Func<Caller, Task> call, string answer) =>
        new(input, call, answer, answer, answer);

    /// <summary>Who has a session gets the answer.</summary>
    public static Row Session(string input, Func<Caller, Task> call, string answer) =>
        new(input, call, NoSession, answer, answer);

    /// <summary>An administrator gets the answer; others are not allowed to ask.</summary>
    public static Row Administrators(string input, Func<Caller, Task> call, string answer) =>
        new(input, call, NoSession, NotAllowed, answer);

    /// <summary>Where the role makes no difference: one caller will do.</summary>
    public static Row MemberOnly(string input, Func<Caller, Task> call, string answer) =>
        new(input, call, "", answer, "");
}
