using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;
using Parley.Client;
using Parley.Client.Sending;
using Parley.Local;
using Parley.Terminal;
using Parley.Tests.Terminal;
using Parley.Verbs.Chat;

namespace Parley.Tests.Program;

/// <summary>What becomes of own lines, and what is told of it.</summary>
public sealed class SentLinesTests
{
    private readonly FakeTimeProvider time = new();
    private readonly ScreenEmulator terminal = new(60, 12);
    private readonly SentLines sent;

    public SentLinesTests()
    {
        var screen = new InlineScreen(
            terminal.Write, () => (60, 12), new InputHistory(path: null), new Palette(hasColour: false), time);
        screen.Open();
        sent = new SentLines(screen, "alice", keepsOutbox: false, new KnownLines("alice"), time);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(6, false)]
    public async Task Who_answers_has_read_it_but_what_crossed_it_on_the_way_is_no_answer(long sequence, bool isTold)
    {
        var send = new Send(new MessageId(1, 1), "bob", "tea?", ByteString.Empty);
        sent.Watch(send);
        send.Stored(new MessageReceipt
        {
            MessageId = send.MessageId,
            Conversation = "c",
            Sequence = 5,
            LogIndex = 5,
            SentAt = DateTimeOffset.UnixEpoch,
        });
        await Until.TrueAsync(
            _ => Task.FromResult(sent.Last is not null),
            TimeSpan.FromSeconds(30),
            () => "the line was not taken as stored",
            TestContext.Current.CancellationToken);
        sent.Receipted(new("c", "bob", 5));
        time.Advance(TimeSpan.FromSeconds(1));
        sent.Look();
        Assert.Contains("tea? · delivered", terminal.Text, StringComparison.Ordinal);

        sent.Answered(new ChatMessage
        {
            Conversation = "c",
            Sequence = sequence,
            MessageId = new MessageId(2, 1),
            From = "bob",
            To = "alice",
            SentAt = DateTimeOffset.UnixEpoch,
            Text = "hello",
            LogIndex = sequence,
        });
        sent.Receipted(new("c", "bob", 6) { ReadSequence = 5 });

        Assert.Equal(isTold, terminal.Text.Contains("bob has read all of it", StringComparison.Ordinal));
    }

    /// <summary>A line of another process of alice's, and one under way here: both were changed since.</summary>
    [Fact]
    [Trait("Promise", "9")]
    public void An_own_line_that_comes_edited_or_deleted_is_shown_as_it_is()
    {
        var send = new Send(new MessageId(1, 1), "bob", "tea?", ByteString.Empty);
        sent.Watch(send);
        var came = new ChatMessage
        {
            Conversation = "c",
            Sequence = 5,
            MessageId = send.MessageId,
            From = "alice",
            To = "bob",
            SentAt = DateTimeOffset.UnixEpoch,
            Text = "coffee?",
            LogIndex = 5,
            EditedAt = DateTimeOffset.UnixEpoch,
        };

        sent.Arrived(came with
        {
            MessageId = new MessageId(2, 1),
            Sequence = 4,
            Text = "",
            DeletedAt = DateTimeOffset.UnixEpoch,
        });
        sent.Arrived(came);
        sent.Flush();

        Assert.Contains("· deleted", terminal.Text, StringComparison.Ordinal);
        Assert.Contains("coffee? · stored, edited", terminal.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("tea?", terminal.Text, StringComparison.Ordinal);
    }
}
