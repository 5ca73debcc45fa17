using System.Globalization;
using Parley.Client;
using Parley.Local;
using Parley.Verbs.Verify.Traces;
using Parley.Verify;

namespace Parley.Verbs.Verify.People;

/// <summary>What everybody in a run shares.</summary>
internal sealed record Setting
{
    /// <summary>Stands in no path, name or message: found in what a node said, it has leaked.</summary>
    public const string Password = "never-said-aloud-1d7c";

    /// <summary>Room for everybody in a run beside a thousand who come back at once.</summary>
    public const string ConnectionsPerAddress = "1500";

    /// <summary>Sessions end when somebody ends them, not by themselves: the checkers must know why.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromHours(24);

    public required LocalCluster Cluster { get; init; }

    public required HistoryBook Histories { get; init; }

    public required AnswerBook Answers { get; init; }

    public required RunTrace Trace { get; init; }

    /// <summary>In every text of this run and nowhere else: found in a log, a text has leaked.</summary>
    public required string Canary { get; init; }

    public required int Seed { get; init; }

    /// <summary>Of one line of a talker who has several under way.</summary>
    public required TimeSpan Pace { get; init; }

    /// <summary>Nobody gives up: what is under way when nodes are gone waits for them.</summary>
    public ParleyClientOptions Client => new()
    {
        Nodes = Cluster.Addresses,
        CaFingerprint = Cluster.CaFingerprint,
        GiveUpAfter = TimeSpan.Zero,
    };

    public static LoginOptions Login(bool takeOver) => new() { TakeOver = takeOver, Lease = Lease };

    /// <summary>Creates an account and writes down how that ended.</summary>
    public Task CreateAsync(ParleyClient client, string founder, string name, CancellationToken cancellationToken)
    {
        var recorder = Histories.Open(founder, name);
        return RecordedOutcome.EndAsync(
            recorder,
            recorder.Begin(HistoryKind.Create),
            client.CreateAccountAsync(name, Password, cancellationToken));
    }

    public Task<RecordedClient> LoginAsync(string account, bool takeOver, CancellationToken cancellationToken) =>
        RecordedClient.LoginAsync(
            Histories.Open(account, account),
            Password,
            Client,
            Login(takeOver),
            onReceived: null,
            cancellationToken);

    /// <summary>A text that no other message has.</summary>
    public string TextOf(string from, string to, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{from} to {to}, line {number} of {Canary}");
}
