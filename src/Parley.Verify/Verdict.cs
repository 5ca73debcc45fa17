using System.Globalization;

namespace Parley.Verify;

/// <summary>A property of every history; the numbers are those of docs/guarantees.md's checkers.</summary>
internal sealed record Property(string Number, string Sentence)
{
    public static readonly Property NothingLost = new("C1", "no acknowledged message lost");
    public static readonly Property NothingDoubled = new("C2", "no message stored twice");
    public static readonly Property NoPhantom = new("C3", "nothing stored that was not sent, or that failed");
    public static readonly Property SenderOrder = new("C4", "stored in the order they were sent");
    public static readonly Property OneOrder = new("C5", "one order for all, sequences without gap");
    public static readonly Property DeliveryOrder = new("C6", "delivered in order, once, nothing skipped");
    public static readonly Property NothingToOthers = new("C7", "nothing given to whom it was not written by or to");
    public static readonly Property NoResurrection = new("C8", "nothing comes back after logout or deletion");
    public static readonly Property NamesLinearizable = new("C9", "names and sessions as if there were one copy");
    public static readonly Property OneLiveSession = new("C10", "no session works after a newer login");
    public static readonly Property NoAccountLost = new("C11", "accounts are there unless they were deleted");
    public static readonly Property NoStaleRead = new("C12", "no read behind an acknowledged write");
    public static readonly Property EqualDigests = new("C13", "equal digests at equal indexes");
    public static readonly Property DeletedStays = new("C16", "what was deleted is shown to nobody again");
    public static readonly Property LastEditStands = new("C17", "an edit is done once, in its place; the last stands");
    public static readonly Property MarksForward = new("C18", "read marks never go back");
}

/// <summary>What a checker found: nothing wrong in so many facts, or what is wrong.</summary>
internal sealed record Verdict
{
    private const int NamedMax = 20;

    public required Property Property { get; init; }

    /// <summary>How many facts were judged; 0 proves nothing.</summary>
    public required int Judged { get; init; }

    /// <summary>One sentence each: which message, which node, what was expected.</summary>
    public required IReadOnlyList<string> Violations { get; init; }

    public bool Holds => Violations.Count == 0;

    /// <summary>One line when it holds, else one more for each violation (the first 20).</summary>
    public override string ToString()
    {
        var found = Holds
            ? string.Create(CultureInfo.InvariantCulture, $"holds ({Judged} judged)")
            : string.Create(CultureInfo.InvariantCulture, $"BROKEN {Violations.Count} times");
        var lines = Violations.Take(NamedMax).Select(violation => $"    {violation}");
        return string.Join('\n', lines.Prepend($"{Property.Number} {Property.Sentence}: {found}"));
    }
}
