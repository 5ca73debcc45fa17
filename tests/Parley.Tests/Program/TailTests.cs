using System.Collections.Concurrent;
using Parley.CommandLine;
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
