using Google.Protobuf;
using Parley.Core.Log.V1;
using Parley.Server.Inspection;

namespace Parley.Tests.Inspection;

/// <summary>What an operator sees of a command, and what nobody sees.</summary>
public sealed class CommandTextTests
{
    [Fact]
    public void A_message_shows_all_but_its_text()
    {
        var command = new LoggedCommand
        {
            StateVersion = 1,
            SendMessage = new SendMessage
            {
                Session = 5,
                Client = 9,
                Counter = 2,
                Recipient = 7,
                Text = "hellö",
                ContentHash = ByteString.CopyFrom(new byte[16]),
            },
        };

        Assert.Equal(
            """{"state_version":1,"send_message":{"session":5,"client":9,"counter":2,"recipient":7,"""
            + "\"text\":\"(6 bytes)\",\"content_hash\":\"(16 bytes)\"}}",
            CommandText.Of(command.ToByteArray(), showTexts: false));
        Assert.Contains("hell", CommandText.Of(command.ToByteArray(), showTexts: true), StringComparison.Ordinal);
    }

    [Fact]
    public void Hashes_are_never_shown()
    {
        var command = new LoggedCommand
        {
            Login = new Login
            {
                Account = 3,
                PasswordHash = "$argon2id$secret",
                NewPasswordHash = "$argon2id$other",
                TokenHash = ByteString.CopyFromUtf8("tokenhash"),
            },
        };

        var text = CommandText.Of(command.ToByteArray(), showTexts: true);

        Assert.Equal(
            "{\"login\":{\"account\":3,\"password_hash\":\"(16 bytes)\",\"token_hash\":\"(9 bytes)\","
            + "\"new_password_hash\":\"(15 bytes)\"}}",
            text);
    }

    [Fact]
    public void Names_and_lists_are_shown()
    {
        var create = new LoggedCommand { CreateAccount = new CreateAccount { Name = "alice" } };
        var purge = new LoggedCommand
        {
            Purge = new Purge
            {
                ForgetExpired = true,
                Cuts = { new ConversationMark { Conversation = 4, Sequence = 8 } },
            },
        };

        Assert.Equal("""{"create_account":{"name":"alice"}}""", CommandText.Of(create.ToByteArray(), false));
        Assert.Equal(
            """{"purge":{"cuts":[{"conversation":4,"sequence":8}],"forget_expired":true}}""",
            CommandText.Of(purge.ToByteArray(), false));
    }
}
