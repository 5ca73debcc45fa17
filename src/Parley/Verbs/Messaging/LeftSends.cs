using Parley.Client;
using Parley.Client.Sending;
using Parley.Terminal;

namespace Parley.Verbs.Messaging;

/// <summary>Tells what became of sends that an earlier process left without an outcome.</summary>
internal static class LeftSends
{
    /// <summary>Done when all of them have an outcome.</summary>
    public static async Task ReportAsync(ClientSettings settings, IReadOnlyList<Send> left)
    {
        foreach (var send in left)
        {
            var name = $"a message to {Sanitizer.Line(send.Recipient)} left from before ({send.MessageId})";
            try
            {
                var receipt = await send.Outcome;
                settings.Say($"{name} is stored as #{receipt.Sequence}");
            }
            catch (ParleyException failure)
            {
                settings.Say($"{name}: {Sanitizer.Line(failure.Message)}");
            }
        }
    }

    /// <summary>They come before what was sent now: their outcomes are there, or will not come any more.</summary>
    public static Task EndAsync(Task report, IReadOnlyList<Send> left) =>
        left.All(send => send.Outcome.IsCompleted) ? report : Task.CompletedTask;
}
