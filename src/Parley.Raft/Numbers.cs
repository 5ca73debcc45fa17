namespace Parley.Raft;

/// <summary>A member of the cluster, from 1; <see cref="None"/> is nobody.</summary>
internal readonly record struct NodeId(int Value) : IComparable<NodeId>
{
    public static readonly NodeId None;

    public int CompareTo(NodeId other) => Value.CompareTo(other.Value);

    public override string ToString() => $"n{Value}";
}

/// <summary>One member: a node id together with the data directory behind it. A node whose directory was lost comes
/// back under its id as another one: nothing that the lost one promised binds it or counts for it.</summary>
/// <param name="Id">The node id.</param>
/// <param name="Incarnation">The random number of the data directory; 0 is nobody's.</param>
internal readonly record struct NodeKey(NodeId Id, ulong Incarnation)
{
    public static readonly NodeKey None;

    public override string ToString() => $"{Id}/{Incarnation:x}";
}

/// <summary>A Raft term (dissertation §3.3), from 1; 0 before the first election.</summary>
internal readonly record struct Term(long Value) : IComparable<Term>
{
    public static readonly Term None;

    public Term Next => new(Value + 1);

    public static bool operator <(Term left, Term right) => left.Value < right.Value;

    public static bool operator >(Term left, Term right) => left.Value > right.Value;

    public static bool operator <=(Term left, Term right) => left.Value <= right.Value;

    public static bool operator >=(Term left, Term right) => left.Value >= right.Value;

    public int CompareTo(Term other) => Value.CompareTo(other.Value);

    public override string ToString() => $"t{Value}";
}

/// <summary>A position in the Raft log, from 1; <see cref="None"/> is before the first entry.</summary>
internal readonly record struct LogIndex(long Value) : IComparable<LogIndex>
{
    public static readonly LogIndex None;

    public LogIndex Next => new(Value + 1);

    public LogIndex Previous => new(Value - 1);

    public static bool operator <(LogIndex left, LogIndex right) => left.Value < right.Value;

    public static bool operator >(LogIndex left, LogIndex right) => left.Value > right.Value;

    public static bool operator <=(LogIndex left, LogIndex right) => left.Value <= right.Value;

    public static bool operator >=(LogIndex left, LogIndex right) => left.Value >= right.Value;

    public static LogIndex Min(LogIndex left, LogIndex right) => left <= right ? left : right;

    public static LogIndex Max(LogIndex left, LogIndex right) => left >= right ? left : right;

    public int CompareTo(LogIndex other) => Value.CompareTo(other.Value);

    public override string ToString() => $"#{Value}";
}
