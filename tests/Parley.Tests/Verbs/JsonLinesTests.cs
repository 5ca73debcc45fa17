using Parley.Client;
using Parley.Verbs;

namespace Parley.Tests.Verbs;

/// <summary>The lines that scripts read, to the letter.</summary>
public sealed class JsonLinesTests
{
    private static readonly MessageId Id = new(1, 2);
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_stored_line() => Assert.Equal(
        """{"line":1,"message_id":"00000000000000010000000000000002","conversation":"c","sequence":1,"log_index":9}""",
        JsonLines.Stored(1, new MessageReceipt
        {
            MessageId = Id,
            Conversation = "c",
            Sequence = 1,
            LogIndex = 9,
            SentAt = Noon,
        }));

    [Fact]
    public void A_refused_line() => Assert.Equal(
        """{"line":3,"message_id":"00000000000000010000000000000002","error":"TEXT_EMPTY"}""",
        JsonLines.Failed(3, Id, "TEXT_EMPTY"));

    [Fact]
    public void A_message_with_everything_beyond_ascii_escaped() => Assert.Equal(
        Json(
            "{'conversation':'c','sequence':1,'message_id':'00000000000000010000000000000002','from':'alice',",
            "'to':'bob','sent_at':'2026-01-31T12:00:00.000Z','text':'\\u001B[2J\\n\\u00E9','log_index':9,",
            "'edited_at':null,'deleted':false}"),
        JsonLines.Message(new ChatMessage
        {
            Conversation = "c",
            Sequence = 1,
            MessageId = Id,
            From = "alice",
            To = "bob",
            SentAt = Noon,
            Text = "\u001b[2J\né",
            LogIndex = 9,
        }));

    [Fact]
    public void A_message_that_was_edited_and_one_that_was_deleted()
    {
        var message = new ChatMessage
        {
            Conversation = "c",
            Sequence = 1,
            MessageId = Id,
            From = "alice",
            To = "bob",
            SentAt = Noon,
            Text = "hello",
            LogIndex = 9,
            EditedAt = Noon.AddMinutes(1),
        };

        Assert.EndsWith(
            Json("'text':'hello','log_index':9,'edited_at':'2026-01-31T12:01:00.000Z','deleted':false}"),
            JsonLines.Message(message), StringComparison.Ordinal);
        Assert.EndsWith(
            Json("'text':'','log_index':9,'edited_at':null,'deleted':true}"),
            JsonLines.Message(message with { Text = "", EditedAt = null, DeletedAt = Noon, DeletedBy = "carol" }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_account() => Assert.Equal(
        """{"name":"alice","online":true,"created_at":"2026-01-31T12:00:00.000Z"}""",
        JsonLines.Account(new AccountEntry("alice", Online: true, Noon)));

    private static string Json(params string[] parts) => string.Concat(parts).Replace('\'', '"');
}
