namespace Parley.Client.Walking;

/// <summary>What the cluster does with a repeat of a call whose first attempt it may have taken.</summary>
internal enum Repeat
{
    /// <summary>Judges it anew, and it may meet another account or session by then: it is not repeated, who asked
    /// decides.</summary>
    JudgedAnew = 0,

    /// <summary>Answers with the first outcome, by an id in the request; only that the session is over comes before
    /// it.</summary>
    Remembered = 1,

    /// <summary>A refusal means that what was wanted is so all the same.</summary>
    Harmless = 2,
}
