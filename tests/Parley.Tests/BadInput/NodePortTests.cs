using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Parley.Core.Log.V1;
using Parley.Server.Certificates;
using Parley.Server.Node.V1;
using Parley.Tests.Api;
using Parley.Tests.Cluster;

namespace Parley.Tests.BadInput;

/// <summary>The port of the nodes: who is none, who is another one, and a node that lies.</summary>
[Collection(BadInputCollection.Name)]
[Trait("Promise", "8")]
public sealed class NodePortTests(BadInputStage stage)
{
    private const string Refused = "refused in the handshake";
    private const string ConsensusPath = "/parley.node.v1.NodeService/Consensus";

    private const string FetchPath = "/parley.node.v1.NodeService/FetchSnapshot";
    private const string NoNode = "parley-from: another node of the cluster expected";

    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly NodeCaller nodes = new(stage.Cluster);

    private string Folder => stage.Cluster.Nodes.CertificateDirectory;

    [Fact]
    public async Task Who_is_no_node_of_the_cluster()
    {
        using var own = Authority();
        using var other = ClusterAuthority.Create(Now);
        using var ended = Issue(own, 2, Now - TimeSpan.FromHours(20), Now - TimeSpan.FromHours(1));
        using var now = Issue(own, 2, Now - TimeSpan.FromHours(1), Now + TimeSpan.FromHours(1));
        using var early = Issue(own, 2, Now + TimeSpan.FromHours(1), Now + TimeSpan.FromHours(20));
        using var stranger = NodeCaller.Load(other.Issue(2, predecessor: "", Now));
        using var user = SelfSigned("CN=bob");
        using var hostile = SelfSigned($"CN=\"\u001b[2J{BadInputStage.Canary}\"");
        using var pretender = SelfSigned(
            "CN=Parley node 2", new NodeIdentity(own.Cluster, 2).Uri, new NodeIdentity(own.Cluster, 3).Uri);
        (string Who, X509Certificate2? Shown, string Answer)[] rows =
        [
            ("nobody", null, Refused),
            ("a user's certificate", user, Refused),
            ("a certificate with an escape sequence for a name", hostile, Refused),
            ("a certificate made by itself, naming two nodes of the cluster", pretender, Refused),
            ("node 2 of another cluster", stranger, Refused),
            ("node 2 until an hour ago", ended, Refused),
            ("node 2 from the next hour on", early, Refused),
            ("the authority itself", own.Certificate, Refused),
            ("node 2", now, Row.Ok),
        ];
        await stage.UndisturbedAsync(async () =>
        {
            var wrongs = new List<string>();
            foreach (var (who, shown, answer) in rows)
            {
                var found = await AnswerAsync(
                    shown, client => client.IdentifyAsync(new() { From = 2 }, NodeCaller.Options()).ResponseAsync);
                TestCluster.Print($"{who}: {found}");
                if (found != answer)
                {
                    wrongs.Add($"{who}: {answer} expected, {found} found");
                }
            }

            Assert.Empty(wrongs);
        });
        await stage.CheckAsync();
    }

    [Fact]
    public async Task A_node_that_lies_about_itself()
    {
        using var third = nodes.Load(3);
        var greeting = await nodes.GreetingAsync(third, from: 3, to: 1);
        var cluster = greeting.GetValue("parley-cluster")!;
        (string What, string Key, string Value, string Answer)[] rows =
        [
            ("another node's id", "parley-from", "2",
                $"the certificate of node 2 expected, that of {NodeIdentity.Find(third)} found"),
            ("this node's own id", "parley-from", "1", $"{NoNode}, '1' found"),
            ("no id of the cluster", "parley-from", "77",
                $"the certificate of node 77 expected, that of {NodeIdentity.Find(third)} found"),
            ("an id that is none", "parley-from", BadInputStage.Canary, $"{NoNode}, '{BadInputStage.Canary}' found"),
            ("another cluster", "parley-cluster", new string('0', 32),
                $"parley-cluster: {cluster} expected, '{new string('0', 32)}' found"),
            ("meant for another node", "parley-to", "4", "parley-to: 1 expected, '4' found"),
            ("nobody's data directory", "parley-from-incarnation", new string('0', 16),
                "parley-from-incarnation: the number of a data directory expected, "
                + $"'{new string('0', 16)}' found"),
        ];
        await stage.UndisturbedAsync(async () =>
        {
            var wrongs = new List<string>();
            foreach (var (what, key, value, answer) in rows)
            {
                var changed = new Metadata();
                foreach (var entry in greeting)
                {
                    changed.Add(entry.Key, entry.Key == key ? value : entry.Value);
                }

                var found = await AnswerAsync(third, client => TalkAsync(client, changed, new()));
                if (found != $"FAILED_PRECONDITION: {answer}")
                {
                    wrongs.Add($"{what}: {answer} expected, {found} found");
                }
            }

            var claimed = await AnswerAsync(
                third, client => client.IdentifyAsync(new() { From = 2 }, NodeCaller.Options()).ResponseAsync);
            Assert.Empty(wrongs);
            Assert.StartsWith(
                "FAILED_PRECONDITION: the certificate of node 2 expected", claimed, StringComparison.Ordinal);
        });
        await stage.CheckAsync();
    }

    /// <summary>Nodes do not lie (docs/guarantees.md); but a forged term alone must not stop a cluster.</summary>
    [Fact]
    public async Task A_node_with_a_term_from_the_far_future_is_not_followed()
    {
        using var third = nodes.Load(3);
        var greeting = await nodes.GreetingAsync(third, from: 3, to: 1);
        await stage.UndisturbedAsync(async () =>
        {
            var request = new ConsensusRequest();
            long[] terms = [long.MaxValue, long.MinValue, 5_000_000_000];
            request.Messages.Add(terms.SelectMany(term => new RaftMessage[]
            {
                new() { Term = term, VoteRequest = new() { LastLogIndex = long.MaxValue, LastLogTerm = term } },
                new() { Term = term, HeartbeatRequest = new() { CommitIndex = long.MaxValue, Round = 1 } },
                new() { Term = term, TimeoutNow = new() },
                new() { Term = term, SnapshotOffer = new() { Index = long.MaxValue, SnapshotTerm = term } },
                new() { Term = term },
            }));

            await AnswerAsync(third, client => TalkAsync(client, greeting, request));
            await stage.SendAsync(stage.Bob, "carol", 5);
        });
        await Local.Until.TrueAsync(
            async token => await stage.Cluster.Nodes.StatusOfAsync(1, token) is { } status && status.Warnings.Any(
                warning => warning.Contains("forged term", StringComparison.Ordinal)),
            TestCluster.Patience,
            () => "node 1 did not warn of forged terms",
            TestContext.Current.CancellationToken);
        Assert.InRange((await stage.TermAsync()).Term, 1, 1_000_000);
        await stage.CheckAsync();
    }

    [Fact]
    public async Task What_no_node_says()
    {
        using var third = nodes.Load(3);
        var greeting = await nodes.GreetingAsync(third, from: 3, to: 1);
        (string What, string Path, byte[] Request, string Answer)[] rows =
        [
            ("random bytes", ConsensusPath, RandomNumberGenerator.GetBytes(1_000), "OK"),
            ("a truncated message", ConsensusPath, [0x0A, 0x05, 0x08], "OK"),
            ("a call of clients", "/parley.chat.v1.ClusterService/GetCluster", [],
                "UNIMPLEMENTED: Bad gRPC response. HTTP status code: 404"),
            ("a snapshot there is not", FetchPath, [0x08, 0x01], "NOT_FOUND: there is another snapshot by now"),
            ("a snapshot of a negative index", FetchPath,
                new FetchSnapshotRequest { Index = -1, SnapshotTerm = -1, Offset = -1 }.ToByteArray(),
                "NOT_FOUND: there is another snapshot by now"),
        ];
        var wrongs = new List<string>();
        foreach (var (what, path, request, answer) in rows)
        {
            var found = await RawAnswerAsync(third, path, request, greeting);
            TestCluster.Print($"{what}: {found}");
            if (found != answer)
            {
                wrongs.Add($"{what}: {answer} expected, {found} found");
            }
        }

        Assert.Empty(wrongs);
        await stage.CheckAsync();
    }

    /// <summary>In the log it would stop all five, again at each start.</summary>
    [Fact]
    public async Task What_a_node_forwards_that_is_no_command_gets_into_no_log()
    {
        var leader = await stage.Cluster.Nodes.LeaderAsync(TestContext.Current.CancellationToken);
        var liar = (leader % 5) + 1;
        using var shown = nodes.Load(liar);
        var greeting = await nodes.GreetingAsync(shown, liar, leader);
        await stage.UndisturbedAsync(async () =>
        {
            var request = new ForwardRequest { Batch = 16 };
            request.Commands.Add(BrokenCommands.Of(liar).Select(each => ByteString.CopyFrom(each)));
            var broken = request.Commands.Count;
            var good = new LoggedCommand { Logout = new Logout { Session = long.MaxValue } };
            request.Commands.Add(ByteString.CopyFrom(BrokenCommands.Encode(good, liar)));

            using (var connection = nodes.Connect(shown, leader))
            {
                using var call = connection.Client.Forward(NodeCaller.Options().WithHeaders(greeting));
                await call.RequestStream.WriteAsync(request);

                // The sixteenth is answered: everything before it was looked at, and what is good of it appended.
                Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
                var told = call.ResponseStream.Current;
                Assert.Equal((false, 0), (told.NotLeader, told.Overloaded));
                Assert.Equal(Enumerable.Range(0, broken), told.Refused);
                await call.RequestStream.CompleteAsync();
            }

            await stage.SendAsync(stage.Bob, "carol", 5);
        });
        await TestCluster.SaidAsync(stage.Cluster, leader, $"A command that node {liar} forwarded was left out");
        await stage.CheckAsync();
    }

    private ClusterAuthority Authority()
    {
        var file = AuthorityFile.Load(Path.Combine(Folder, AuthorityFile.FileName));
        return ClusterAuthority.Load(file.Cluster, file.Certificate, file.Key);
    }

    /// <summary>A certificate of a node that counts at another time.</summary>
    private static X509Certificate2 Issue(ClusterAuthority authority, int node, DateTimeOffset from, DateTimeOffset to)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=Parley node {node}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new NodeIdentity(authority.Cluster, node).Uri);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.Create(authority.Certificate, from, to, RandomNumberGenerator.GetBytes(16));
        return made.CopyWithPrivateKey(key);
    }

    private static X509Certificate2 SelfSigned(string name, params Uri[] uris)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        Array.ForEach(uris, names.AddUri);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(Now - TimeSpan.FromDays(1), Now + TimeSpan.FromDays(1));
    }

    private async Task<string> AnswerAsync(
        X509Certificate2? shown, Func<NodeService.NodeServiceClient, Task> call)
    {
        using var connection = nodes.Connect(shown, node: 1);
        return Refusal(await Answer.OfAsync(() => call(connection.Client)));
    }

    private async Task<string> RawAnswerAsync(X509Certificate2 shown, string path, byte[] request, Metadata greeting)
    {
        using var connection = nodes.Connect(shown, node: 1);
        return await Answer.OfAsync(() => RawCall.SendAsync(connection.Invoker, path, request, greeting));
    }

    /// <summary>A connection that was not made is the client's own failure; it says so in many words.</summary>
    private static string Refusal(string answer) =>
        answer.StartsWith("UNAVAILABLE: Error", StringComparison.Ordinal)
        || answer.StartsWith("INTERNAL: Error", StringComparison.Ordinal)
            ? Refused
            : answer;

    private static async Task TalkAsync(
        NodeService.NodeServiceClient client, Metadata greeting, ConsensusRequest request)
    {
        using var call = client.Consensus(NodeCaller.Options().WithHeaders(greeting));
        try
        {
            await call.RequestStream.WriteAsync(request);
            await call.RequestStream.CompleteAsync();
        }
        catch (RpcException)
        {
            // Refused already: the answer is read below.
        }

        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            continue;
        }
    }
}
