using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using Grpc.Health.V1;
using Parley.Client;
using Parley.Protocol.Chat.V1;
using Parley.Tests.Api;
using Parley.Tests.Cluster;

namespace Parley.Tests.BadInput;

/// <summary>Many at once, or one too often: how many are served, and that the others notice nothing.</summary>
[Collection(BadInputCollection.Name)]
[Trait("Promise", "5")]
[Trait("Promise", "8")]
public sealed class CrowdTests(BadInputStage stage)
{
    private const int Crowd = 50;
    private const int Logins = 200;
    private const int Sends = 10_000;
    private const string TooMany = "RESOURCE_EXHAUSTED TOO_MANY_LOGINS";

    [Fact]
    public async Task One_name_created_by_fifty_on_five_nodes_is_created_once()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(_ =>
        {
            var request = new CreateAccountRequest
            {
                RequestId = NodeFixture.RandomBytes(16),
                Name = "crowd",
                Password = BadInputStage.RightPassword,
            };
            return DecidedAsync(
                async () => await stage.NextNode().Accounts.CreateAccountAsync(request, RawNode.With(null)));
        }));

        AssertOnce(answers, "ALREADY_EXISTS NAME_TAKEN", TooMany);
        await stage.CheckAsync();
    }

    [Fact]
    public async Task One_account_logged_in_by_fifty_on_five_nodes_is_logged_in_once()
    {
        await stage.CreateAsync("popular");

        var answers = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(_ =>
        {
            var request = new LoginRequest
            {
                Name = "popular",
                Password = BadInputStage.RightPassword,
                Token = NodeFixture.RandomBytes(32),
                LeaseMs = 86_400_000,
            };
            return DecidedAsync(async () => await stage.NextNode().Sessions.LoginAsync(request, RawNode.With(null)));
        }));

        AssertOnce(answers, "FAILED_PRECONDITION ALREADY_LOGGED_IN", TooMany);
        await stage.CheckAsync();
    }

    [Fact]
    public async Task Two_hundred_logins_at_one_node_are_served_or_refused_and_others_go_on()
    {
        var node = stage.Node(1);
        var logins = Enumerable.Range(0, Logins).Select(_ => DecidedAsync(
            () => new Caller(stage, null, node).LoginAsync("carol", BadInputStage.RightPassword))).ToList();
        await OthersSendAsync();
        var answers = await Task.WhenAll(logins);

        Print(answers);
        var possible = new[] { "FAILED_PRECONDITION ALREADY_LOGGED_IN", TooMany }.Select(Answer.Complete).ToList();
        Assert.All(answers, answer => Assert.Contains(answer, possible));
        Assert.Contains(Answer.Complete(TooMany), answers);
        await stage.CheckAsync();
    }

    /// <summary>An address may have two hundred calls without a session open, a connection 32.</summary>
    [Fact]
    public async Task Whoever_begins_at_a_node_where_strangers_hold_all_there_is_for_them_logs_in_at_another()
    {
        await stage.CreateAsync("newcomer");
        var connections = Enumerable.Range(0, 8).Select(_ => stage.Cluster.Raw(1)).ToList();
        var watches = await HoldAllOfStrangersAsync(connections);
        var served = new ConcurrentQueue<string>();
        await using var client = stage.Cluster.NewClient();
        client.ConnectionChanged += each =>
        {
            if (each is ConnectionEvent.Connected connected)
            {
                served.Enqueue(connected.Address);
            }
        };

        var began = Stopwatch.StartNew();
        await using (await client.LoginAsync(
            "newcomer",
            BadInputStage.RightPassword,
            new() { StartNode = 0, Lease = TimeSpan.FromDays(1) }, // It ends in no other test.
            TestContext.Current.CancellationToken))
        {
            TestCluster.Print($"{watches.Count} streams of health, logged in within {began.ElapsedMilliseconds} ms");
            Assert.NotEqual(stage.Node(1).Address, served.First());
        }

        watches.ForEach(watch => watch.Dispose());
        connections.ForEach(connection => connection.Dispose());
        await stage.CheckAsync();
    }

    [Fact]
    public async Task Ten_thousand_sends_at_once_are_taken_at_the_accounts_rate_and_others_go_on()
    {
        var dave = stage.Dave;
        var request = new SendMessagesRequest
        {
            Message = new()
            {
                MessageId = NodeFixture.MessageId(dave.Client, ++dave.LastCounter),
                Recipient = "carol",
                Text = BadInputStage.Canary,
            },
        };
        using var call = stage.Node(2).Messages.SendMessages(RawNode.With(dave.Token));
        var others = OthersSendAsync();
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            // Longer than ten thousand, if need be: all that the others do they do meanwhile.
            while (sent < Sends || !others.IsCompleted)
            {
                await call.RequestStream.WriteAsync(request);
                sent++;
            }

            await call.RequestStream.CompleteAsync();
        });
        var (stored, refused) = (new List<long>(), new List<SendError>());
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            var answer = call.ResponseStream.Current;
            if (answer.Stored is { } receipt)
            {
                stored.Add(receipt.Sequence);
            }
            else
            {
                refused.Add(answer.Error);
            }
        }

        await sending;
        await others;
        TestCluster.Print($"{stored.Count} answered, {refused.Count} refused");
        Assert.Equal(sent, stored.Count + refused.Count);
        Assert.Single(stored.Distinct());
        Assert.InRange(stored.Count, 60, sent / 2);
        // A node may also be out of breath, or in an election, for a moment.
        var limited = refused.FindAll(error => (StatusCode)error.Code != StatusCode.Unavailable);
        Assert.NotEmpty(limited);
        Assert.All(limited, error => Assert.Equal(
            ("RATE_LIMITED", StatusCode.ResourceExhausted, true),
            (error.Reason, (StatusCode)error.Code, error.RetryAfterMs > 0)));
        await stage.CheckAsync();
    }

    /// <summary>What is refused because somebody does not read is remembered, and nothing is dropped in silence.
    /// </summary>
    [Fact]
    public async Task A_full_inbox_refuses_and_the_refusal_is_remembered()
    {
        await stage.EnterAsync("full");
        await SetUndeliveredAsync("2");
        var erin = await stage.EnterAsync("erin");
        await stage.SendAsync(erin, "full", 2);

        try
        {
            await stage.RunAsync(
                [
                    .. Enumerable.Repeat(
                        Row.MemberOnly(
                            "to a full inbox",
                            _ => stage.As(erin).SendAsync(send => send.Recipient = "full"),
                            "RESOURCE_EXHAUSTED INBOX_FULL"),
                        5),
                ],
                changesNothing: false);
        }
        finally
        {
            await SetUndeliveredAsync("100000");
        }

        Assert.Equal(
            Answer.Complete("RESOURCE_EXHAUSTED INBOX_FULL"),
            await Answer.OfAsync(() => stage.As(erin).SendAsync(send => send.Recipient = "full")));
    }

    /// <summary>Bob and carol send through every node; each send is answered, or this fails. How fast is what
    /// <c>parley bench --mode abuse</c> measures.</summary>
    private Task OthersSendAsync() => Task.WhenAll(
        stage.SendAsync(stage.Bob, "carol", 10), stage.SendAsync(stage.Carol, "bob", 10));

    /// <summary>Streams of health, until there is no place for one more.</summary>
    private static async Task<List<AsyncServerStreamingCall<HealthCheckResponse>>> HoldAllOfStrangersAsync(
        List<RawNode> connections)
    {
        using var deadline = new CancellationTokenSource(TestCluster.Patience);
        var watches = new List<AsyncServerStreamingCall<HealthCheckResponse>>();
        while (true)
        {
            var connection = connections[watches.Count % connections.Count];
            var watch = new Health.HealthClient(connection.Invoker).Watch(new(), RawNode.With(null));
            switch (await NodeFixture.ReasonAsync(() => watch.ResponseStream.MoveNext(deadline.Token)))
            {
                case "OK":
                    watches.Add(watch);
                    break;
                case "TOO_MANY_CONNECTIONS":
                    watch.Dispose();
                    return watches;
                case var refused:
                    // Earlier calls from this address count for a while.
                    Assert.Equal("TOO_MANY_CALLS", refused);
                    watch.Dispose();
                    await Task.Delay(TimeSpan.FromMilliseconds(100), deadline.Token);
                    break;
            }
        }
    }

    /// <summary>So many hashes on one machine can keep five nodes from hearing each other for a moment. That is
    /// refused before anything is done, and asked again as clients do.</summary>
    private static async Task<string> DecidedAsync(Func<Task> call)
    {
        using var deadline = new CancellationTokenSource(TestCluster.Patience);
        var mayBeDone = false;
        while (true)
        {
            var answer = await Answer.OfAsync(call);
            var isOpen = answer.StartsWith("UNAVAILABLE ", StringComparison.Ordinal)
                || answer.StartsWith("DEADLINE_EXCEEDED", StringComparison.Ordinal);
            // Who may have been served already is not turned away by a node that is busy: it asks again.
            if (!isOpen && !(mayBeDone && answer.StartsWith(TooMany, StringComparison.Ordinal)))
            {
                return answer;
            }

            mayBeDone |= isOpen;

            await Task.Delay(TimeSpan.FromMilliseconds(100), deadline.Token);
        }
    }

    private static void AssertOnce(string[] answers, params string[] others)
    {
        Print(answers);
        var possible = others.Select(Answer.Complete).Append(Row.Ok).ToList();
        Assert.All(answers, answer => Assert.Contains(answer, possible));
        Assert.Single(answers, Row.Ok);
    }

    private static void Print(string[] answers)
    {
        foreach (var (answer, count) in answers.CountBy(each => each))
        {
            TestCluster.Print($"{count} times {answer}");
        }
    }

    private async Task SetUndeliveredAsync(string value)
    {
        var alice = stage.As(stage.Alice);
        var now = await RawNode.KnownAsync(
            () => alice.Node.Administration.GetSettingsAsync(new(), alice.Options).ResponseAsync);
        var request = new ChangeSettingsRequest
        {
            ExpectedRevision = now.Revision,
            Settings = { new Setting { Name = "undelivered-messages", Value = value } },
        };
        await RawNode.KnownAsync(
            () => alice.Node.Administration.ChangeSettingsAsync(request, alice.Options).ResponseAsync);
    }
}
