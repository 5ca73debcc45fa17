namespace Parley.Local.Network;

/// <summary>What became of packets so far.</summary>
internal sealed record PacketCounts
{
    /// <summary>That came in, for a place of the network.</summary>
    public required long Taken { get; init; }

    /// <summary>That met a rule other than <see cref="PacketRule.Open"/>.</summary>
    public required long Spoiled { get; init; }

    /// <summary>That a rule let get lost, or cut off.</summary>
    public required long Lost { get; init; }

    public required long Doubled { get; init; }

    /// <summary>That were late.</summary>
    public required long Late { get; init; }

    /// <summary>That found no room among the late ones, or a device that would not take them.</summary>
    public required long Overflowed { get; init; }

    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{Taken:N0} packets, {Spoiled:N0} on spoiled ways: {Lost:N0} lost, {Doubled:N0} doubled, {Late:N0} late, "
        + $"{Overflowed:N0} without room");
}

/// <summary>Counts them: written by one thread, read by any.</summary>
internal sealed class PacketTally
{
    private long taken;
    private long spoiled;
    private long lost;
    private long doubled;
    private long late;
    private long overflowed;

    public PacketCounts Counts => new()
    {
        Taken = Interlocked.Read(ref taken),
        Spoiled = Interlocked.Read(ref spoiled),
        Lost = Interlocked.Read(ref lost),
        Doubled = Interlocked.Read(ref doubled),
        Late = Interlocked.Read(ref late),
        Overflowed = Interlocked.Read(ref overflowed),
    };

    public void Note(PacketRule rule, PacketFate fate)
    {
        Interlocked.Increment(ref taken);
        Interlocked.Add(ref spoiled, ReferenceEquals(rule, PacketRule.Open) ? 0 : 1);
        Interlocked.Add(ref lost, fate.Copies == 0 ? 1 : 0);
        Interlocked.Add(ref doubled, fate.Copies == 2 ? 1 : 0);
        Interlocked.Add(ref late, fate.FirstDelay + fate.SecondDelay > TimeSpan.Zero ? 1 : 0);
    }

    public void NoteOverflow() => Interlocked.Increment(ref overflowed);
}
