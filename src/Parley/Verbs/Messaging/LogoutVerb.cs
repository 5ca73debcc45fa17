using System.CommandLine;
using Parley.Client;
using Parley.Client.Storage;
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
            await opened.Session.LogoutAsync(IsOutboxEmpty(settings.Store, stored), cancellationToken);
        }
        catch (NotAuthenticatedException)
        {
            settings.Say("the session had ended already");
        }

        settings.Store.Remove(stored);
        settings.WriteLine(settings.Json
            ? JsonLines.Name(stored.Account)
            : $"logged out {Sanitizer.Line(stored.Account)}");
        return ExitCodes.Ok;
    }

    /// <summary>A client file that another process has counts as one with unanswered sends.</summary>
    private static bool IsOutboxEmpty(SessionStore store, StoredSession stored)
    {
        for (var slot = 1; slot <= SessionStore.ClientsMax; slot++)
        {
            if (!store.HasOutbox(stored, slot))
            {
                continue;
            }

            using var outbox = store.FindOutbox(stored, slot);
            if (outbox is null || outbox.Start.Left.Count > 0)
            {
                return false;
            }
        }

        return true;
    }
}
