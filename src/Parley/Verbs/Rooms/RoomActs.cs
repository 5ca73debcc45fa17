using System.CommandLine;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Rooms;

/// <summary>What is done about who is in a room: one verb each.</summary>
internal static class RoomActs
{
    public static Argument<string> RoomArgument() => new("ROOM") { Description = "The room, with or without '#'" };

    /// <summary>About oneself.</summary>
    public static Command BuildOwn(string verb, RoomAct act, string done, string description)
    {
        var room = RoomArgument();
        var command = new Command(verb, description) { room };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            options.Read(parsed), parsed.GetRequiredValue(room), act, account: null, done, cancellationToken));
        return command.WithExamples($"parley room {verb} ops --as bob");
    }

    /// <summary>About another.</summary>
    public static Command Build(string verb, RoomAct act, string done, string description)
    {
        var room = RoomArgument();
        var account = new Argument<string>("NAME") { Description = "The other account" };
        var command = new Command(verb, description) { room, account };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            options.Read(parsed), parsed.GetRequiredValue(room), act, parsed.GetRequiredValue(account), done,
            cancellationToken));
        return command.WithExamples($"parley room {verb} ops bob --as alice");
    }

    private static async Task<int> RunAsync(
        ClientSettings settings,
        string room,
        RoomAct act,
        string? account,
        string done,
        CancellationToken cancellationToken)
    {
        var name = RoomText.NameOf(room);
        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        await opened.Session.ChangeRoomMemberAsync(name, act, account, cancellationToken);
        settings.WriteResult(
            () => JsonLines.Write(json =>
            {
                json.WriteString("room", name);
                json.WriteString("account", account ?? opened.Session.Account);
            }),
            () => Sanitizer.Line(account is null ? $"{done} {name}" : $"{done} {account} ({name})"));
        return ExitCodes.Ok;
    }
}
