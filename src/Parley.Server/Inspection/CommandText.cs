using System.Collections;
using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Parley.Core.Log.V1;

namespace Parley.Server.Inspection;

/// <summary>
/// Commands for an operator's eyes. Names are shown, texts only when asked for; of every other text and of all bytes
/// (hashes, tokens' hashes, request ids) there is nothing but the length, so that what is added later is hidden too.
/// </summary>
internal static class CommandText
{
    private const string NameField = "name";
    private const string TextField = "text";

    /// <summary>One line of JSON.</summary>
    /// <exception cref="InvalidProtocolBufferException">The payload is no command.</exception>
    public static string Of(ReadOnlySpan<byte> payload, bool showTexts)
    {
        var command = LoggedCommand.Parser.ParseFrom(payload);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            WriteMessage(json, command, showTexts);
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>What is asked, and nothing of whom or what.</summary>
    /// <exception cref="InvalidProtocolBufferException">The payload is no command.</exception>
    public static string KindOf(ReadOnlySpan<byte> payload) =>
        LoggedCommand.Parser.ParseFrom(payload).CommandCase.ToString();

    private static void WriteMessage(Utf8JsonWriter json, IMessage message, bool showTexts)
    {
        json.WriteStartObject();
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            if (IsSet(field, message))
            {
                json.WritePropertyName(field.Name);
                Write(json, field, field.Accessor.GetValue(message), showTexts);
            }
        }

        json.WriteEndObject();
    }

    private static bool IsSet(FieldDescriptor field, IMessage message) => field.IsRepeated
        ? field.Accessor.GetValue(message) is ICollection { Count: > 0 }
        : field.HasPresence ? field.Accessor.HasValue(message) : !IsDefault(field.Accessor.GetValue(message));

    private static bool IsDefault(object value) => value switch
    {
        string text => text.Length == 0,
        ByteString bytes => bytes.IsEmpty,
        bool flag => !flag,
        _ => Convert.ToDecimal(value, CultureInfo.InvariantCulture) == 0,
    };

    private static void Write(Utf8JsonWriter json, FieldDescriptor field, object value, bool showTexts)
    {
        switch (value)
        {
            case IMessage message:
                WriteMessage(json, message, showTexts);
                break;
            case string text when field.Name == NameField || (showTexts && field.Name == TextField):
                json.WriteStringValue(text);
                break;
            case string text:
                json.WriteStringValue(Hidden(System.Text.Encoding.UTF8.GetByteCount(text)));
                break;
            case ByteString bytes:
                json.WriteStringValue(Hidden(bytes.Length));
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case IEnumerable items:
                json.WriteStartArray();
                foreach (var item in items)
                {
                    Write(json, field, item, showTexts);
                }

                json.WriteEndArray();
                break;
            case Enum named:
                json.WriteStringValue(named.ToString());
                break;
            default:
                json.WriteNumberValue(Convert.ToDecimal(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static string Hidden(int length) => string.Create(CultureInfo.InvariantCulture, $"({length} bytes)");
}
