namespace Parley.Verbs.Bench;

/// <summary>What is measured, and how long.</summary>
internal sealed record BenchOptions
{
    /// <summary>send, cycle, failover, abuse, history or growth.</summary>
    public required string Mode { get; init; }

    /// <summary>How many messages are unanswered at a time; one measurement each.</summary>
    public required IReadOnlyList<int> InFlight { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>A cluster that is there already, measured as it is; empty: servers of its own.</summary>
    public required IReadOnlyList<string> Nodes { get; init; }

    /// <summary>The authorities of that cluster's certificates; null: plaintext.</summary>
    public string? Ca { get; init; }

    /// <summary>Its own servers have certificates.</summary>
    public bool Certificates { get; init; }

    /// <summary>Where its own servers keep their data; null: a temporary folder.</summary>
    public required string? Directory { get; init; }

    /// <summary>How many leaders are killed in failover.</summary>
    public required int Kills { get; init; }

    /// <summary>How long the history is.</summary>
    public required int Messages { get; init; }

    /// <summary>How many servers of its own there are.</summary>
    public required int Size { get; init; }

    /// <summary>How long the load at retention <c>delivered</c> takes in growth.</summary>
    public required TimeSpan LoadDuration { get; init; }

    public required bool Json { get; init; }

    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Six processes compile what they run, and again what they run often; that is not measured.</summary>
    public TimeSpan FirstWarmUp { get; init; } = TimeSpan.FromSeconds(10);

    public const int ServersOfItsOwn = 5;
    public const int TextBytes = 256;
    public const int CycleAccounts = 1_000;
    public const int FailoverMessagesPerSecond = 100;

    // A client keeps at most 256 unanswered; several sessions share the load as several programs would.
    public const int InFlightPerSession = 64;
}
