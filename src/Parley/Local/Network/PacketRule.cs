using System.Collections.Immutable;

namespace Parley.Local.Network;

/// <summary>What happens to the packets on the way from one place to another; shares are from 0 to 1.</summary>
internal sealed record PacketRule
{
    /// <summary>Every packet arrives once, at once.</summary>
    public static readonly PacketRule Open = new();

    /// <summary>Nothing arrives.</summary>
    public static readonly PacketRule Cut = new() { Loss = 1 };

    /// <summary>The share that does not arrive.</summary>
    public double Loss { get; init; }

    /// <summary>The share of the rest that arrives twice.</summary>
    public double Doubling { get; init; }

    /// <summary>The share of the rest that is held back for <see cref="HeldBack"/>, so that later ones overtake it.
    /// </summary>
    public double Overtaking { get; init; }

    /// <summary>How long an overtaken packet is late beside all else.</summary>
    public TimeSpan HeldBack { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How late every packet is.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Up to so much later, drawn for each packet: above the time between two, it reorders them too.</summary>
    public TimeSpan Jitter { get; init; }
}

/// <summary>The rules of all ways at one moment; never changed, only replaced as a whole.</summary>
internal sealed class PacketRules
{
    public static readonly PacketRules AllOpen = new(ImmutableDictionary<(int From, int To), PacketRule>.Empty);

    private readonly ImmutableDictionary<(int From, int To), PacketRule> ways;

    private PacketRules(ImmutableDictionary<(int From, int To), PacketRule> ways) => this.ways = ways;

    public PacketRule Of(int from, int to) => ways.GetValueOrDefault((from, to), PacketRule.Open);

    /// <summary>The same but for one way.</summary>
    public PacketRules With(int from, int to, PacketRule rule) => new(ways.SetItem((from, to), rule));
}
