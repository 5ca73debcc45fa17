using Parley.Client;
using Parley.Local;
using Parley.Verify;

namespace Parley.Verbs.Verify.People;

/// <summary>
/// Everybody in a run. alice and bob write to each other without a pause; carol writes to dave, who is away most of the
/// time; these three also write to a room that dave is not in, and edit and delete what they said; three more fight for
/// names and sessions.
/// </summary>
internal sealed class Crowd : IAsyncDisposable
{
    /// <summary>By invitation; alice, bob and carol are in it.</summary>
    public const string Room = "#crew";

    private const string Alice = "alice";
    private const string Bob = "bob";
    private const string Carol = "carol";
    private const string Dave = "dave";
    private const int Changers = 3;
    private const int Lanes = 3;
    private static readonly TimeSpan EndMax = TimeSpan.FromSeconds(60);

    private static readonly string[] RoomMembers = [Alice, Bob, Carol];

    private readonly Setting setting;
    private readonly CancellationTokenSource stop = new();
    private readonly List<Talker> talkers = [];
    private readonly List<Editor> editors = [];
    private readonly List<Task> others = [];
    private RecordedClient? lastDave;

    private Crowd(Setting setting) => this.setting = setting;

    /// <summary>Pairs that wrote to each other and are there to the end: read on every node.</summary>
    public static IReadOnlyList<(string One, string Other)> Pairs { get; } = [(Alice, Bob), (Carol, Dave)];

    public static async Task<Crowd> StartAsync(Setting setting, CancellationToken cancellationToken)
    {
        await using (var client = new ParleyClient(setting.Client))
        {
            foreach (var name in (string[])[Alice, Bob, Carol, Dave])
            {
                await setting.CreateAsync(client, "founder", name, cancellationToken);
            }
        }

        await PrepareAsync(setting, cancellationToken);
        var crowd = new Crowd(setting);
        // What waits for dave must not fill his inbox: carol has one line under way.
        foreach (var (one, other, lanes) in
            (IEnumerable<(string, string, int)>)[(Alice, Bob, Lanes), (Bob, Alice, Lanes), (Carol, Dave, 1)])
        {
            crowd.talkers.Add(await Talker.StartAsync(setting, one, other, lanes, cancellationToken));
        }

        // bob hears alice, and the other way round; nobody is always there to hear carol.
        crowd.editors.Add(new Editor(setting, crowd.talkers[0], crowd.talkers[1]));
        crowd.editors.Add(new Editor(setting, crowd.talkers[1], crowd.talkers[0]));
        crowd.editors.Add(new Editor(setting, crowd.talkers[2], listener: null));
        crowd.others.AddRange(crowd.editors.Select(editor => editor.LiveAsync(crowd.stop.Token)));
        crowd.others.Add(new Absentee(setting, Dave, Carol).LiveAsync(crowd.stop.Token));
        for (var number = 1; number <= Changers; number++)
        {
            crowd.others.Add(new NameChanger(setting, number, Alice).LiveAsync(crowd.stop.Token));
        }

        return crowd;
    }

    /// <summary>Before anybody talks: all clients of a run have one address, and the members of the room get all of it.
    /// </summary>
    private static async Task PrepareAsync(Setting setting, CancellationToken cancellationToken)
    {
        await using var alice = await setting.LoginAsync(Alice, takeOver: false, cancellationToken);
        var first = await Until.FoundAsync(
            async token => await alice.Session.GetSettingsAsync(token) is { Revision: > 0 } given ? given : null,
            EndMax,
            () => "the settings that the servers were started with were not there",
            cancellationToken);
        await alice.Session.ChangeSettingAsync(
            first.Revision, "connections-per-address", Setting.ConnectionsPerAddress, cancellationToken);
        await alice.Session.CreateRoomAsync(Room, byInvitation: true, topic: "", cancellationToken);
        foreach (var name in (string[])[Bob, Carol])
        {
            await alice.Session.ChangeRoomMemberAsync(Room, RoomAct.Invite, name, cancellationToken);
            await using var invited = await setting.LoginAsync(name, takeOver: false, cancellationToken);
            await invited.Session.ChangeRoomMemberAsync(Room, RoomAct.Join, account: null, cancellationToken);
            await invited.DoAsync(HistoryKind.Logout, session => session.LogoutAsync(cancellationToken));
        }

        await alice.DoAsync(HistoryKind.Logout, session => session.LogoutAsync(cancellationToken));
    }

    /// <summary>Whoever was told what nobody should have been told: one sentence each.</summary>
    public IEnumerable<string> Failures() => talkers.Select(talker => talker.Talking).Concat(others)
        .Where(task => task.IsFaulted)
        .Select(task => task.Exception!.GetBaseException())
        .Select(failure => $"a client was told: {failure.GetType().Name}: {failure.Message}")
        .Concat(talkers.Where(talker => talker.Client.StreamFailure is not null).Select(
            talker => $"the delivery stream of {talker.Client.Account} ended: {talker.Client.StreamFailure!.Message}"));

    /// <summary>Stops everybody: outboxes are empty when it returns.</summary>
    /// <exception cref="TimeoutException">They were not, in time.</exception>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stop.CancelAsync();
        var ending = Task.WhenAll([.. talkers.Select(talker => talker.StopAsync()), .. others]);
        await ending.WaitAsync(EndMax, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!ending.IsCompleted)
        {
            throw new TimeoutException($"outboxes were not empty within {EndMax.TotalSeconds} s");
        }

        lastDave = await setting.LoginAsync(Dave, takeOver: true, cancellationToken);
        lastDave.StartReceiving();
    }

    /// <summary>Returns when everything answered has come to its recipient.</summary>
    /// <exception cref="TimeoutException">It did not come, in time.</exception>
    public Task WaitUntilDeliveredAsync(CancellationToken cancellationToken) => Until.TrueAsync(
        _ => Task.FromResult(CountUndelivered() == 0),
        EndMax,
        () => $"{CountUndelivered()} stored messages were not delivered",
        cancellationToken);

    /// <summary>Both members' sessions of each pair, and all of the room.</summary>
    public IEnumerable<(RecordedClient Reader, string Peer)> Readers() =>
        (from pair in Pairs
         from view in (IEnumerable<(string Reader, string Peer)>)[(pair.One, pair.Other), (pair.Other, pair.One)]
         select (ClientOf(view.Reader), view.Peer))
        .Concat(RoomMembers.Select(name => (ClientOf(name), Room)));

    /// <summary>Who edited and deleted.</summary>
    public IReadOnlyList<Editor> Editors => editors;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        foreach (var talker in talkers)
        {
            await talker.DisposeAsync();
        }

        if (lastDave is not null)
        {
            await lastDave.DisposeAsync();
        }

        stop.Dispose();
    }

    private RecordedClient ClientOf(string account) =>
        talkers.Find(talker => talker.Client.Account == account)?.Client
        ?? lastDave
        ?? throw new InvalidOperationException($"{account} is not there");

    private int CountUndelivered()
    {
        var events = setting.Histories.Events;
        var received = events.Where(line => line.Kind == HistoryKind.Receive)
            .Select(line => (line.Account, line.MessageId)).ToHashSet();
        return events.Where(line => line is { Kind: HistoryKind.Send, Phase: HistoryPhase.Ok })
            .Sum(line => RecipientsOf(line).Count(recipient => !received.Contains((recipient, line.MessageId))));
    }

    private static IEnumerable<string> RecipientsOf(HistoryEvent send) => send.Peer == Room
        ? RoomMembers.Where(member => member != send.Account)
        : [send.Peer ?? ""];
}
