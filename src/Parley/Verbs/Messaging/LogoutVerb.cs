using System.CommandLine;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>logout</c>: ends the stored session.</summary>
internal static class LogoutVerb
{
    public static Command Build()
    {
        var command = new Command("logout", "End the stored session");
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(options.Read(parsed), cancellationToken));
        return command.WithExamples("parley logout", "parley logout --as alice");
    }

    private static async Task<int> RunAsync(ClientSettings settings, CancellationToken cancellationToken)
    {
        if (VerbSession.FindStored(settings) is not { } stored)
        {
            throw new VerbFailedException(ExitCodes.NotAuthenticated, "no login is stored");
        }

        await using var opened = await VerbSession.OpenAsync(settings, onlyNode: null, cancellationToken);
        try
        {
            await opened.Session.LogoutAsync(opened.IsOutboxEmpty, cancellationToken);
        }
        catch (NotAuthenticatedException)
        {
            settings.Say("the session had ended already");
        }

        settings.Store.Remove(stored);
        settings.WriteResult(
            () => JsonLines.Name(stored.Account),
            () => $"logged out {Sanitizer.Line(stored.Account)}");
        return ExitCodes.Ok;
    }
}
