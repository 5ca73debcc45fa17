using Parley.Server.Certificates;

namespace Parley.Server.Hosting;

/// <summary>What one node is told at its start; validated as a whole, all errors at once (<c>ServerOptionsReader</c>).
/// </summary>
internal sealed record ServerOptions
{
    public const int PasswordHashKibDefault = 19_456;
    public const int PasswordHashPassesDefault = 2;

    public const int LogKeptMibDefault = 256;

    public static readonly TimeSpan ElectionTimeoutDefault = TimeSpan.FromMilliseconds(300);
    public static readonly TimeSpan HeartbeatDefault = TimeSpan.FromMilliseconds(60);

    public required int Id { get; init; }

    public required string DataDirectory { get; init; }

    /// <summary>HOST:PORT for clients; loopback only without <see cref="Bundle"/>.</summary>
    public required string Listen { get; init; }

    /// <summary>HOST:PORT for the other nodes; loopback only without <see cref="Bundle"/>.</summary>
    public required string NodeListen { get; init; }

    /// <summary>HOST:PORT for posts to hooks; loopback only without <see cref="Bundle"/>; null: none are taken.
    /// </summary>
    public string? HttpListen { get; init; }

    /// <summary>HOST:PORT for watchers (<c>/metrics</c>, <c>/healthz</c>, <c>/readyz</c>), loopback always; null: none.
    /// </summary>
    public string? AdminListen { get; init; }

    /// <summary>Where metrics are pushed to, by OTLP over gRPC; null: nowhere.</summary>
    public Uri? OtlpEndpoint { get; init; }

    /// <summary>Log lines are JSON objects.</summary>
    public bool LogsAreJson { get; init; }

    /// <summary>The client address the other nodes hand out; null: <see cref="Listen"/>.</summary>
    public string? Advertise { get; init; }

    /// <summary>Node addresses of all members, itself included, ascending by id.</summary>
    public required IReadOnlyList<MemberAddress> Members { get; init; }

    /// <summary>Where to connect to a member instead of the address all know it by: a tunnel, or a proxy that tests
    /// cut. Empty: to the members' own addresses.</summary>
    public IReadOnlyList<MemberAddress> Dial { get; init; } = [];

    /// <summary>Certificates of this node: with them, both listeners speak TLS; null: plaintext, on loopback.</summary>
    public BundleFile? Bundle { get; init; }

    /// <summary>Another certificate for clients that ask for this host by its name; null: none.</summary>
    public OperatorCertificateFile? ClientCertificate { get; init; }

    /// <summary>Election time-outs are drawn from [this, 2 × this).</summary>
    public TimeSpan ElectionTimeout { get; init; } = ElectionTimeoutDefault;

    public TimeSpan HeartbeatInterval { get; init; } = HeartbeatDefault;

    /// <summary>How large the log may grow before what the state holds is cut off; a follower that lags further behind
    /// fetches a snapshot.</summary>
    public int LogKeptMib { get; init; } = LogKeptMibDefault;

    /// <summary>Argon2id memory in KiB (bench and verify lower it and say so).</summary>
    public int PasswordHashKib { get; init; } = PasswordHashKibDefault;

    public int PasswordHashPasses { get; init; } = PasswordHashPassesDefault;

    /// <summary>Proposed once as the cluster's settings when a leader finds none: <c>delivered</c>, <c>forever</c> or
    /// a number of days; null: the default, 30 days.</summary>
    public string? InitialRetention { get; init; }

    /// <summary>As <see cref="InitialRetention"/>: messages per second and account; null: 20; negative: no limit.
    /// </summary>
    public int? InitialSendRate { get; init; }

    /// <summary>As <see cref="InitialRetention"/>: <c>invitation</c>, <c>open</c> or <c>closed</c>; null: the default
    /// (<see cref="RegistrationText.FirstOf"/>).</summary>
    public string? InitialRegistration { get; init; }

    /// <summary>An empty node waits to be taken into a cluster that is there, and forms none with the others.</summary>
    public bool Join { get; init; }

    /// <summary>End (as on SIGTERM) when standard input closes: children of demo, bench and tests.</summary>
    public bool ExitWithStdin { get; init; }

    /// <summary>Where to connect to a member: as <see cref="Dial"/> says, else as <see cref="Members"/> does; null:
    /// neither knows it.</summary>
    public string? DialAddressOf(int member) =>
        Dial.FirstOrDefault(item => item.Id == member).Address
        ?? Members.FirstOrDefault(item => item.Id == member).Address;
}

/// <summary>One item of --members.</summary>
internal readonly record struct MemberAddress(int Id, string Address);
