using System.CommandLine;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;
using Parley.Verbs.Messaging;

namespace Parley.Verbs.Rooms;

/// <summary>The verb <c>room</c>: make, find, join and leave rooms, and look after them.</summary>
internal static class RoomVerb
{
    public static Command Build() => new Command("room", "Make, join and look after rooms")
    {
        BuildCreate(),
        BuildList(),
        RoomActs.BuildOwn("join", RoomAct.Join, "joined", "Come in: what is said from now on is delivered"),
        RoomActs.BuildOwn("leave", RoomAct.Leave, "left", "Go, or decline an invitation"),
        BuildTopic(),
        BuildRetention(),
        RoomActs.Build("invite", RoomAct.Invite, "invited", "Let somebody join"),
        RoomActs.Build("remove", RoomAct.Remove, "removed", "Put somebody out, until invited again; for moderators"),
        RoomActs.Build("mute", RoomAct.Mute, "muted", "Let somebody read, but not send; for moderators"),
        RoomActs.Build("unmute", RoomAct.Unmute, "unmuted", "Let somebody send again; for moderators"),
        RoomActs.Build("promote", RoomAct.MakeModerator, "made moderator:", "Make a moderator; for the owner"),
        RoomActs.Build("demote", RoomAct.MakeMember, "made member:", "Unmake a moderator; for the owner"),
        RoomActs.Build("give", RoomAct.MakeOwner, "made owner:", "Make another the owner; for the owner"),
        BuildMembers(),
    }.WithExamples(
        "parley room create ops --topic \"who is on call\" --as alice",
        "parley room join ops --as bob",
        "parley send '#ops' \"disk full on db3\" --as bob        # the quotes keep # from the shell",
        "parley room create board --invitation --as alice",
        "parley room invite board carol --as alice");

    private static Command BuildCreate()
    {
        var name = new Argument<string>("ROOM") { Description = "1 to 32 of a-z, 0-9, '.', '_', '-'" };
        var topic = new Option<string>("--topic")
        {
            Description = "What it is about, at most 512 bytes",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "",
        };
        var invitation = new Option<bool>("--invitation")
        {
            Description = "Only who is invited may join and sees it; this stays so",
        };
        var command = new Command("create", "Make a room, and own it") { name, topic, invitation };
        var options = ClientOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = options.Read(parsed);
            await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
            var made = await opened.Session.CreateRoomAsync(
                parsed.GetRequiredValue(name), parsed.GetValue(invitation), parsed.GetValue(topic) ?? "",
                cancellationToken);
            settings.WriteResult(() => JsonLines.Name(made), () => $"created {Sanitizer.Line(made)}");
            return ExitCodes.Ok;
        });
        return command.WithExamples("parley room create ops", "parley room create board --invitation");
    }

    private static Command BuildList()
    {
        var pattern = new Argument<string>("PATTERN")
        {
            Description = "* stands for any characters, ? for one",
            DefaultValueFactory = _ => "",
        };
        var own = new Option<bool>("--own") { Description = "Only those one is in or invited to" };
        var command = new Command("list", "List rooms by name") { pattern, own };
        var options = ClientOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = options.Read(parsed);
            await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
            var wanted = parsed.GetRequiredValue(pattern).TrimStart('#');
            var unread = await ConversationText.ReadAsync(opened.Session, onlyUnread: true, cancellationToken);
            var counts = unread.ToLookup(each => each.Conversation, StringComparer.Ordinal);
            await foreach (var room in opened.Session.ListRoomsAsync(wanted, parsed.GetValue(own), cancellationToken))
            {
                var count = counts[room.Conversation].FirstOrDefault();
                settings.WriteRow(() => RoomText.Json(room, count), () => RoomText.Line(room, count));
            }

            return ExitCodes.Ok;
        });
        return command.WithExamples("parley room list", "parley room list --own -o json");
    }

    private static Command BuildTopic()
    {
        var room = RoomActs.RoomArgument();
        var topic = new Argument<string?>("TEXT")
        {
            Description = "The new one, at most 512 bytes; without it the topic is printed",
            DefaultValueFactory = _ => null,
        };
        var command = new Command("topic", "Print a room's topic, or change it; for moderators") { room, topic };
        var options = ClientOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = options.Read(parsed);
            var (name, text) = (RoomText.NameOf(parsed.GetRequiredValue(room)), parsed.GetValue(topic));
            await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
            if (text is not null)
            {
                await opened.Session.ChangeRoomAsync(name, text, retentionDays: null, cancellationToken);
            }

            var found = await RoomText.GetAsync(opened.Session, name, cancellationToken);
            var unread = await ConversationText.ReadAsync(opened.Session, onlyUnread: true, cancellationToken);
            settings.WriteResult(
                () => RoomText.Json(found, unread.FirstOrDefault(each => each.Conversation == found.Conversation)),
                () => Sanitizer.Line(found.Topic));
            return ExitCodes.Ok;
        });
        return command.WithExamples("parley room topic ops", "parley room topic ops \"quiet week\"");
    }

    private static Command BuildRetention()
    {
        const int DaysMax = 36_500;
        var room = RoomActs.RoomArgument();
        var days = new Argument<int>("DAYS") { Description = "1 to 36500; 0 for what the cluster's settings say" };
        var command = new Command("retention", "How long a room's messages are kept; for the owner") { room, days };
        var options = ClientOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = options.Read(parsed);
            var wanted = parsed.GetRequiredValue(days);
            if (wanted is < 0 or > DaysMax)
            {
                throw new VerbFailedException(ExitCodes.Usage, $"DAYS: 0 to {DaysMax} expected, {wanted} found");
            }

            var name = RoomText.NameOf(parsed.GetRequiredValue(room));
            await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
            await opened.Session.ChangeRoomAsync(name, topic: null, wanted, cancellationToken);
            settings.WriteResult(
                () => JsonLines.Name(name),
                () => wanted == 0 ? $"{name} keeps what the cluster's settings say" : $"{name} keeps {wanted} days");
            return ExitCodes.Ok;
        });
        return command.WithExamples("parley room retention ops 7");
    }

    private static Command BuildMembers()
    {
        var room = RoomActs.RoomArgument();
        var command = new Command("members", "List who is in a room, and how far each has received it") { room };
        var options = ClientOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = options.Read(parsed);
            var name = RoomText.NameOf(parsed.GetRequiredValue(room));
            await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
            await foreach (var person in opened.Session.ListRoomMembersAsync(name, cancellationToken))
            {
                settings.WriteRow(() => RoomText.Json(person), () => RoomText.Line(person));
            }

            return ExitCodes.Ok;
        });
        return command.WithExamples("parley room members ops", "parley room members ops -o json");
    }
}
