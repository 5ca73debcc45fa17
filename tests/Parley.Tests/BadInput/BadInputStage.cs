using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Parley.Client.Trust;
using Parley.Protocol.Chat.V1;
using Parley.Tests.Api;
using Parley.Tests.Cluster;

namespace Parley.Tests.BadInput;

/// <summary>
/// Five nodes with certificates and the limits of every day, alice their administrator, and three members: bob, whose
/// partner carol is, and dave, who is nobody's. Whatever is asked of them, they stay what they were.
/// </summary>
public sealed class BadInputStage : IAsyncLifetime
{
    /// <summary>Stands in texts, names, tokens, headers, whatever comes in; no log may say it.</summary>
    public static readonly string Canary = "canary" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));

    private static readonly string Password = $"{Canary} horse";
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(2);

    /// <summary>Longer than any run: no session ends, or is touched, while tables are gone through.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromDays(1);

    private readonly List<string> secrets = [Canary];
    private readonly List<RawNode> nodes = [];
    private int turn;
    private int[] processes = [];

    internal TestCluster Cluster { get; private set; } = null!;

    internal HttpMessageInvoker Http { get; private set; } = null!;

    internal Person Alice { get; private set; } = null!;

    internal Person Bob { get; private set; } = null!;

    internal Person Carol { get; private set; } = null!;

    internal Person Dave { get; private set; } = null!;

    /// <summary>Bob's and carol's, with three messages.</summary>
    internal string Conversation { get; private set; } = "";

    /// <summary>Bob's, by invitation, carol invited; alice does not see it.</summary>
    internal const string Board = "#board";

    /// <summary>Bob's as well, for everybody.</summary>
    internal const string Hall = "#hall";

    internal static string RightPassword => Password;

    /// <summary>The full path of <c>Service/Method</c>.</summary>
    internal static string PathOf(string method) => method.StartsWith('/') ? method : $"/parley.chat.v1.{method}";

    public async ValueTask InitializeAsync()
    {
        using var deadline = new CancellationTokenSource(StartDeadline);
        Cluster = await TestCluster.StartAsync(new() { Certificates = true, Hooks = true });
        processes = [.. Cluster.Nodes.Nodes.Select(node => node.ProcessId)];
        nodes.AddRange(Cluster.Nodes.Nodes.Select(node => Cluster.Raw(node.Id)));
        Http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            SslOptions = ClusterCertificate.Options(Cluster.Nodes.CaFingerprint!, _ => { }),
            AutomaticDecompression = DecompressionMethods.None,
            UseProxy = false,
        });
        Alice = await EnterAsync("alice");
        Bob = await EnterAsync("bob");
        Carol = await EnterAsync("carol");
        Dave = await EnterAsync("dave");
        Conversation = await SendAsync(Bob, "carol", 3);
        await CreateRoomAsync(Board, byInvitation: true);
        await CreateRoomAsync(Hall, byInvitation: false);
        await InRoomAsync(Bob, Board, RoomMemberChange.Invite, "carol");
    }

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        nodes.ForEach(node => node.Dispose());
        if (Cluster is not null)
        {
            await Cluster.DisposeAsync();
        }
    }

    /// <summary>The nodes take turns: leader and followers answer alike.</summary>
    internal RawNode NextNode() => nodes[(int)((uint)Interlocked.Increment(ref turn) % (uint)nodes.Count)];

    internal RawNode Node(int id) => nodes[id - 1];

    internal Caller As(Person? person) => new(this, person, NextNode());

    /// <summary>Creates an account and logs it in.</summary>
    internal async Task<Person> EnterAsync(string name)
    {
        await CreateAsync(name);
        return await LoginAsync(name);
    }

    /// <summary>Creates an account.</summary>
    internal async Task CreateAsync(string name)
    {
        var request = new Protocol.Chat.V1.CreateAccountRequest
        {
            RequestId = NodeFixture.RandomBytes(16),
            Name = name,
            Password = Password,
        };
        await RawNode.KnownAsync(
            () => NextNode().Accounts.CreateAccountAsync(request, RawNode.With(null)).ResponseAsync);
    }

    /// <summary>A new session, in favour of which an older one ends.</summary>
    internal async Task<Person> LoginAsync(string name)
    {
        var token = RawNode.NewToken();
        secrets.Add(Convert.ToBase64String(token));
        secrets.Add(System.Buffers.Text.Base64Url.EncodeToString(token));
        secrets.Add(Convert.ToHexString(token));
        return new Person(name, token, await NextNode().LoginAsync(name, Password, token, lease: Lease));
    }

    internal async Task InRoomAsync(Person person, string room, RoomMemberChange change, string account = "") =>
        await NextNode().Rooms.ChangeRoomMemberAsync(
            new()
            {
                RequestId = NodeFixture.RandomBytes(16),
                Room = room,
                Change = change,
                Account = account,
            },
            RawNode.With(person.Token));

    /// <summary>Sends so many lines, each through another node; returns the conversation.</summary>
    internal async Task<string> SendAsync(Person person, string recipient, int count, string? word = null)
    {
        var conversation = "";
        while (count-- > 0)
        {
            var next = person.LastCounter + 1;
            var stored = await NextNode().SendAsync(
                person.Token,
                new(person.Client, next),
                recipient,
                string.Create(CultureInfo.InvariantCulture, $"{word ?? Canary} {next}"));
            person.LastCounter = next;
            conversation = stored.Conversation;
        }

        return conversation;
    }

    /// <summary>No log may say this either.</summary>
    internal void Hide(string secret) => secrets.Add(secret);

    /// <summary>Goes through a table and then looks whether anything became of it.</summary>
    internal async Task RunAsync(IReadOnlyList<Row> rows, bool changesNothing = true)
    {
        await Cluster.ConvergeAsync();
        var before = ReadState();
        var wrongs = new List<string>();
        foreach (var row in rows)
        {
            await ExpectAsync("nobody", null, row, row.Nobody, wrongs);
            await ExpectAsync("a member", Bob, row, row.Member, wrongs);
            await ExpectAsync("an administrator", Alice, row, row.Administrator, wrongs);
        }

        Assert.Empty(wrongs);
        await CheckAsync();
        if (changesNothing)
        {
            Assert.Equal(before, ReadState());
        }
    }

    /// <summary>The one term and leader that all nodes follow.</summary>
    internal async Task<(long Term, int Leader)> TermAsync()
    {
        var told = await Local.Until.FoundAsync(
            async stop =>
            {
                var all = await Task.WhenAll(Cluster.Nodes.Nodes.Select(
                    node => Cluster.Nodes.StatusOfAsync(node.Id, stop)));
                return all.All(status => status is { Leader: > 0 })
                    && all.Select(status => (status!.Term, status.Leader)).Distinct().Count() == 1
                        ? all[0]
                        : null;
            },
            TestCluster.Patience,
            () => "the nodes follow no one leader",
            TestContext.Current.CancellationToken);
        return (told.Term, told.Leader);
    }

    /// <summary>Does something that must move no term; again where the machine alone held an election meanwhile.
    /// </summary>
    internal async Task UndisturbedAsync(Func<Task> act)
    {
        for (var attempt = 1; ; attempt++)
        {
            var before = await TermAsync();
            await act();
            if (before == await TermAsync())
            {
                return;
            }

            Assert.True(attempt < 3, "the term changed each time");
        }
    }

    /// <summary>All nodes agree, are the processes they were, and have told nobody what is nobody's business.</summary>
    internal async Task CheckAsync()
    {
        var reads = await Cluster.ConvergeAsync();
        Assert.Single(reads.Select(read => read.Digest).Distinct());
        Assert.All(Cluster.Nodes.Nodes, node => Assert.True(node.IsRunning, $"node {node.Id}: {node.LastWords()}"));
        Assert.Equal(processes, Cluster.Nodes.Nodes.Select(node => node.ProcessId));
        foreach (var node in Cluster.Nodes.Nodes)
        {
            var said = Cluster.Nodes.StderrOf(node.Id);
            Assert.DoesNotContain("INTERNAL", said, StringComparison.Ordinal);
            Assert.DoesNotContain("Exception", said, StringComparison.Ordinal);
            Assert.DoesNotContain(said, character => char.IsControl(character) && character != '\n');
            Assert.All(secrets, secret => Assert.DoesNotContain(secret, said, StringComparison.OrdinalIgnoreCase));
        }
    }

    /// <summary>The content of every table on every node: what the log has moved on by is not in it, all else is.
    /// </summary>
    private List<string> ReadState() =>
        [.. Cluster.Nodes.Nodes.Select(node => StateContent.Read(node.DataDirectory))];

    /// <summary>The answer; asked again where an election was in the way, which no table is about: nothing was done.
    /// </summary>
    private static async Task<string> DecidedAsync(Func<Task> call)
    {
        using var patience = new CancellationTokenSource(TestCluster.Patience);
        while (true)
        {
            var found = await Answer.OfAsync(call);
            if (!found.StartsWith("UNAVAILABLE ", StringComparison.Ordinal))
            {
                return found;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), patience.Token);
        }
    }

    /// <summary>Bob's; waits until the cluster knows rooms.</summary>
    private async Task CreateRoomAsync(string name, bool byInvitation)
    {
        var caller = As(Bob);
        var request = new CreateRoomRequest
        {
            RequestId = NodeFixture.RandomBytes(16),
            Name = name,
            ByInvitation = byInvitation,
        };
        Assert.Equal(
            Row.Ok,
            await DecidedAsync(async () => await caller.Node.Rooms.CreateRoomAsync(request, caller.Options)));
    }

    private async Task ExpectAsync(string who, Person? person, Row row, string expected, List<string> wrongs)
    {
        if (expected.Length == 0)
        {
            return;
        }

        var caller = As(person);
        var found = await DecidedAsync(() => row.Call(caller));
        expected = Answer.Complete(expected);
        TestCluster.Print($"{row.Input}, {who} at node {caller.Node.Id}: {found}");
        if (expected != found)
        {
            wrongs.Add($"{row.Input}, {who} at node {caller.Node.Id}:\n  {expected} expected\n  {found} found");
        }
    }
}
