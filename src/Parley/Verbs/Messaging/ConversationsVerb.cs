using System.CommandLine;
using Parley.CommandLine;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>conversations</c>: with whom, how much is unread, and when the last came.</summary>
internal static class ConversationsVerb
{
    public static Command Build()
    {
        var unread = new Option<bool>("--unread") { Description = "Only those in which something is unread" };
        var command = new Command("conversations", "List conversations and rooms, and what is unread in them")
        {
            unread,
        };
        var options = ClientOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = options.Read(parsed);
            await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
            var all = await ConversationText.ReadAsync(
                opened.Session, parsed.GetValue(unread), cancellationToken);
            foreach (var conversation in all)
            {
                settings.WriteRow(
                    () => ConversationText.Json(conversation),
                    () => ConversationText.Line(conversation));
            }

            return ExitCodes.Ok;
        });
        return command.WithExamples(
            "parley conversations", "parley conversations --unread -o json --as alice");
    }
}
