using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Protocol.Chat.V1;
using Parley.Server.Api;
using MessageId = Parley.Server.Api.MessageId;

namespace Parley.Fuzz.Targets;

/// <summary>A first byte that says which request, then its protobuf: every text in it goes through every rule there is
/// for texts, every bytes through those for bytes.</summary>
internal sealed class RequestTarget : FuzzTarget
{
    private const int PasswordBytesMax = 256;
    private const int NameCharactersMax = 32;

    private static readonly MessageDescriptor[] Requests =
    [
        .. typeof(AccountServiceReflection).Assembly.GetTypes()
            .Where(type => type.Name.EndsWith("ServiceReflection", StringComparison.Ordinal))
            .Select(type => (FileDescriptor)type.GetProperty("Descriptor")!.GetValue(null)!)
            .SelectMany(file => file.Services)
            .SelectMany(service => service.Methods)
            .Select(method => method.InputType)
            .DistinctBy(type => type.FullName)
            .OrderBy(type => type.FullName, StringComparer.Ordinal),
    ];

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        Seed(new CreateAccountRequest
        {
            RequestId = Numbered(16),
            Name = "alice",
            Password = "correct horse",
            Invite = "abcde-fghjk-mnpqr-stuvw-xyz23",
        }),
        Seed(new SendMessageRequest
        {
            MessageId = Numbered(16),
            Recipient = "#ops",
            Text = "hello",
            Nonce = Numbered(8),
        }),
        Seed(new ListMessagesRequest { With = "bob", PageToken = PageToken.Format("messages bob", 7, "42") }),
        Seed(new ListMessagesRequest { With = "bob", Backward = true, BeforeSequence = 42 }),
        Seed(new ChangeSettingsRequest { Settings = { SettingsText.Rows.Select(ToSetting) } }),
        Seed(new AcknowledgeMessagesRequest
        {
            Acknowledgements = { new Acknowledgement { Conversation = ConversationId.Format(7), Sequence = 1 } },
        }),
        .. Requests.Select(type => Seed(type.Parser.ParseFrom(Array.Empty<byte>()))),
    ];

    public override IReadOnlyList<byte[]> Tokens { get; } = BytesOf(
        "alice", "#ops", "..", "*", "?", "e\u0301", "\u00e9", "\uFFFE", "correct horse", "delivered", "forever", "-1",
        "invitation", ConversationId.Format(7), new string('A', 43), new string('p', 257), "\0", "\u202E");

    public override void Check(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        var parser = Requests[input[0] % Requests.Length].Parser;
        Property.Accepts<InvalidProtocolBufferException>(() =>
        {
            var request = parser.ParseFrom(input, 1, input.Length - 1);
            Property.Same(request, parser.ParseFrom(request.ToByteArray()));
            CheckMessage(request);
        });
    }

    private static void CheckMessage(IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            var value = field.Accessor.GetValue(message);
            foreach (var one in value is IList list ? list.Cast<object>() : [value])
            {
                switch (one)
                {
                    case string text:
                        CheckText(text);
                        break;
                    case ByteString bytes:
                        CheckBytes(bytes);
                        break;
                    case int number:
                        Property.Accepts<RefusedException>(
                            () => Property.Holds(PageSize.Get(number) is > 0 and <= 1_000));
                        break;
                    case IMessage inner:
                        CheckMessage(inner);
                        break;
                }
            }
        }
    }

    private static void CheckText(string text)
    {
        Property.Accepts<RefusedException>(() =>
        {
            var name = AccountNames.Get(text);
            Property.Holds(name.Length is > 0 and <= NameCharactersMax && name.All(char.IsAscii));
            Property.Same(name, AccountNames.Get(name));
        });
        Property.Accepts<RefusedException>(() => AccountNames.GetPattern(text));
        Property.Accepts<RefusedException>(() => RoomNames.Get(text));
        Property.Accepts<RefusedException>(
            () => Property.Holds(PasswordRules.GetBytes(text).Length is > 0 and <= PasswordBytesMax));
        Property.Accepts<RefusedException>(() => Property.Holds(InviteCode.Hash(text).Length is 0 or 32));
        Property.Accepts<RefusedException>(() => PageToken.Parse("messages bob", 7, text));
        Property.Holds(RoomNames.FindTarget(text) is not { } target || RoomNames.FindTarget(target) == target);
        Property.Holds(
            !ConversationId.TryParse(text, out var number) || ConversationId.Format(number) == text);
        Property.Holds(ContentHash.Of(text, text, ByteString.Empty).Length == 16);
        SessionToken.TryHash($"Bearer {text}", new byte[SessionToken.HashBytes]);
        SessionToken.TryHash(text, new byte[SessionToken.HashBytes]);
        foreach (var row in SettingsText.Rows)
        {
            CheckSetting(row, text);
        }
    }

    /// <summary>What is taken is shown as it can be given again.</summary>
    private static void CheckSetting(SettingsText.Row row, string text)
    {
        var settings = new Settings();
        if (row.TryWrite(settings, text))
        {
            var again = new Settings();
            Property.Holds(row.TryWrite(again, row.Read(settings)));
            Property.Same(row.Read(settings), row.Read(again));
        }
    }

    private static void CheckBytes(ByteString bytes) =>
        Property.Holds(MessageId.Find(bytes) is not { } id || id.ToByteString().Equals(bytes));

    private static byte[] Seed(IMessage request) =>
    [
        (byte)Array.FindIndex(Requests, type => type.FullName == request.Descriptor.FullName),
        .. request.ToByteArray(),
    ];

    private static Setting ToSetting(SettingsText.Row row) =>
        new() { Name = row.Name, Value = row.Read(new Settings()) };

    private static ByteString Numbered(int length) =>
        ByteString.CopyFrom([.. Enumerable.Range(1, length).Select(value => (byte)value)]);
}
