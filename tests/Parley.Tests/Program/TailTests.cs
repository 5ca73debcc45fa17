using System.Collections.Concurrent;
using Grpc.Core;
using Parley.CommandLine;
using Parley.Protocol.Chat.V1;
using Parley.Server.Api;
using Parley.Tests.Client;

namespace Parley.Tests.Program;

/// <summary>What <c>tail</c> says of marks that the cluster did not take.</summary>
public sealed class TailTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Marks of <c>x</c> are refused up to a sequence; 2 is its last, and covers what was refused before.
    /// </summary>
    [Theory]
    [InlineData(2, ExitCodes.NotFound)]
    [InlineData(1, ExitCodes.Ok)]
    public async Task What_was_printed_and_not_acknowledged_is_told_by_the_exit_code(long refusedUpTo, int expected)
    {
        await using var node = await FakeNode.StartAsync(new FakeCluster());
        TaskCompletionSource[] asked = [new(), new()];
        node.Script.OnAcknowledge = request =>
        {
            var upTo = request.Acknowledgements.FirstOrDefault(mark => mark.Conversation == "x")?.Sequence;
            if (upTo is { } sequence)
            {
                asked[sequence - 1].TrySetResult();
            }

            return upTo <= refusedUpTo
                ? Task.FromException(Reasons.NotFound.ToRpcException(null, TimeSpan.Zero))
                : Task.CompletedTask;
        };
        node.Script.OnReceive = async (_, stream) =>
        {
            await stream.WriteAsync(FakeMessages.Arrival("x", 1));
            await asked[0].Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
            await stream.WriteAsync(FakeMessages.Arrival("x", 2));
            await asked[1].Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
            await stream.WriteAsync(FakeMessages.Arrival("y", 1));
            await stream.WriteAsync(new() { Heartbeat = new() { LogIndex = 1 } });
            return true;
        };

        var (code, output, error) = await RunAsync(node.Address, []);

        Assert.True(code == expected, $"exit code {expected} expected, {code} found: {error}");
        Assert.Equal(3, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("--no-ack", "")]
    [InlineData("--mark-read", "x 2, y 1")]
    [InlineData("--mark-read --no-read-receipts", "x 2 q, y 1 q")]
    public async Task Nothing_is_read_unless_that_is_asked_for(string options, string read)
    {
        await using var node = await FakeNode.StartAsync(new FakeCluster());
        var acknowledged = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        node.Script.OnAcknowledge = request =>
        {
            foreach (var mark in request.Acknowledgements)
            {
                acknowledged[mark.Conversation] = mark.Sequence;
            }

            return Task.CompletedTask;
        };
        node.Script.OnReceive = async (_, stream) =>
        {
            await stream.WriteAsync(FakeMessages.Arrival("x", 1));
            await stream.WriteAsync(FakeMessages.Arrival("x", 2));
            await stream.WriteAsync(FakeMessages.Arrival("y", 1));
            await stream.WriteAsync(new() { Heartbeat = new() { LogIndex = 1 } });
            return true;
        };

        var (code, _, error) = await RunAsync(
            node.Address, options.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.True(code == ExitCodes.Ok, error);
        Assert.Equal(options == "--no-ack" ? 0 : 2, acknowledged.Count);
        // Of a conversation the last one covers those before.
        var last = node.Script.Read.GroupBy(mark => mark[..1]).Select(marks => marks.Last()).Order();
        Assert.Equal(read, string.Join(", ", last));
    }

    [Fact]
    public async Task What_is_not_acknowledged_cannot_be_marked_as_read()
    {
        var (code, _, error) = await RunAsync("127.0.0.1:1", ["--mark-read", "--no-ack"]);

        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("what is read is acknowledged; leave --no-ack away", error, StringComparison.Ordinal);
    }

    /// <summary>A room that is made anew, or an account, counts from 1: a number of before is no acknowledgement there.
    /// </summary>
    [Fact]
    [Trait("Promise", "4")]
    public async Task A_number_that_the_conversation_does_not_have_acknowledges_nothing()
    {
        await using var node = await FakeNode.StartAsync(new FakeCluster());
        var acknowledged = new ConcurrentQueue<string>();
        node.Script.OnAcknowledge = request => Note(acknowledged, request);
        node.Script.OnList = _ => new() { Conversation = "x", HeadSequence = 17, FirstSequenceKept = 1 };
        node.Script.OnReceive = (_, stream) => PushAsync(stream, ("x", 1), ("x", 17));

        var (code, output, error) = await RunAsync(node.Address, ["--with", "bob", "--after", "1042"]);

        Assert.Equal(ExitCodes.NotFound, code);
        Assert.Contains("message 1042 expected, the last one there is 17", error, StringComparison.Ordinal);
        Assert.Empty(output);
        Assert.Empty(acknowledged);
    }

    /// <summary>bob's account was deleted, and another has his name: what the first one wrote is undelivered still.
    /// </summary>
    [Fact]
    [Trait("Promise", "4")]
    public async Task What_comes_of_another_conversation_is_printed_whatever_its_number()
    {
        await using var node = await FakeNode.StartAsync(new FakeCluster());
        var acknowledged = new ConcurrentQueue<string>();
        node.Script.OnAcknowledge = request => Note(acknowledged, request);
        node.Script.OnList = request => Page(request, head: 3, isStale: false);
        node.Script.OnReceive = (_, stream) => PushAsync(stream, ("old", 1), ("new", 2), ("new", 3), ("new", 4));

        var (code, output, error) = await RunAsync(node.Address, ["--with", "bob", "--after", "1", "-o", "plain"]);

        Assert.True(code == ExitCodes.Ok, error);
        Assert.Equal(["new 2", "new 3", "old 1", "new 4"], Printed(output));
        Assert.Equal("new 4, old 1", string.Join(", ", acknowledged.GroupBy(mark => mark[..3])
            .Select(marks => marks.Last()).Order()));
    }

    /// <summary>What an earlier process acknowledged does not come, and a node without a majority may not have it.
    /// </summary>
    [Fact]
    [Trait("Promise", "4")]
    public async Task The_history_is_read_behind_the_opening_and_again_while_something_may_be_missing()
    {
        await using var node = await FakeNode.StartAsync(new FakeCluster());
        var asked = new ConcurrentQueue<string>();
        node.Script.OnList = request =>
        {
            asked.Enqueue($"after {request.AfterSequence}");
            return Page(request, request.AfterSequence == 1 ? 2 : 4, isStale: request.AfterSequence == 1);
        };
        node.Script.OnReceive = async (number, stream) =>
        {
            asked.Enqueue("opened");
            await stream.WriteAsync(new() { RoomsChanged = new() { LogIndex = number } });
            return await PushAsync(stream);
        };

        var (code, output, error) = await RunAsync(
            node.Address, ["--with", "bob", "--after", "1", "-o", "plain", "--mark-read"]);

        Assert.True(code == ExitCodes.Ok, error);
        Assert.Equal(["opened", "after 1", "opened", "after 2"], asked);
        Assert.Equal(["new 2", "new 3", "new 4"], Printed(output));
        Assert.Equal(["new 3"], node.Script.Read);
    }

    /// <summary>What bob wrote behind a message; all but the last is delivered.</summary>
    private static ListMessagesResponse Page(ListMessagesRequest request, long head, bool isStale)
    {
        var page = new ListMessagesResponse
        {
            Conversation = "new",
            HeadSequence = head,
            FirstSequenceKept = 1,
            DeliveredSequence = head - 1,
            Stale = isStale,
        };
        for (var sequence = request.AfterSequence + 1; sequence <= head; sequence++)
        {
            page.Messages.Add(FakeMessages.Arrival("new", sequence).Message);
        }

        return page;
    }

    private static async Task<bool> PushAsync(
        IServerStreamWriter<ReceiveMessagesResponse> stream, params (string Conversation, long Sequence)[] messages)
    {
        foreach (var (conversation, sequence) in messages)
        {
            await stream.WriteAsync(FakeMessages.Arrival(conversation, sequence));
        }

        await stream.WriteAsync(new() { Heartbeat = new() { LogIndex = 1 } });
        return true;
    }

    private static Task Note(ConcurrentQueue<string> acknowledged, AcknowledgeMessagesRequest request)
    {
        foreach (var mark in request.Acknowledgements)
        {
            acknowledged.Enqueue($"{mark.Conversation} {mark.Sequence}");
        }

        return Task.CompletedTask;
    }

    /// <summary>Conversation and sequence of each line.</summary>
    private static IEnumerable<string> Printed(string output) => output
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => string.Join(' ', line.Split('\t').Take(2)));

    private static async Task<(int Code, string Output, string Error)> RunAsync(string address, string[] options)
    {
        var password = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(password, "correct horse", TestContext.Current.CancellationToken);
            return await ProgramRun.RunAsync(
            [
                "tail", "--no-follow", "--nodes", address, "--as", "alice", "--password-file", password, .. options,
            ]);
        }
        finally
        {
            File.Delete(password);
        }
    }
}
