using System.Threading.Channels;
using Parley.Client;
using Parley.Client.Sending;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Messaging;

/// <summary>
/// <c>send --lines</c>: one loop starts a send for each line, another prints outcomes in the order of the lines; at
/// most so many lines are between them.
/// </summary>
internal sealed class LineSender(ClientSettings settings, ParleySession session, string recipient, int inFlight)
{
    public const int InFlightMax = 10_000;

    private const string NotUtf8 = "TEXT_INVALID";

    private readonly Channel<StartedLine> started = Channel.CreateBounded<StartedLine>(
        new BoundedChannelOptions(inFlight) { SingleReader = true, SingleWriter = true });

    private long failed;

    /// <summary>Returns the exit code of the worst line.</summary>
    public async Task<int> RunAsync(Stream input, CancellationToken cancellationToken)
    {
        var printing = PrintAllAsync();
        try
        {
            await StartAllAsync(input, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Every line that was started gets its last word.
            started.Writer.Complete();
            await session.DisposeAsync();
            await printing;
            throw;
        }

        started.Writer.Complete();
        return await WaitAsync(printing, cancellationToken);
    }

    private async Task<int> WaitAsync(Task<int> printing, CancellationToken cancellationToken)
    {
        try
        {
            return await printing.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await session.DisposeAsync();
            await printing;
            throw;
        }
    }

    private async Task StartAllAsync(Stream input, CancellationToken cancellationToken)
    {
        var number = 0L;
        await foreach (var line in StandardInput.ReadLinesAsync(input, cancellationToken))
        {
            await started.Writer.WaitToWriteAsync(cancellationToken);
            number++;
            // A line that is not UTF-8 takes the way of an empty one: refused, and its id goes to the next.
            var send = session.StartSend(recipient, line ?? "");
            started.Writer.TryWrite(new StartedLine(number, send, IsText: line is not null));
        }
    }

    private async Task<int> PrintAllAsync()
    {
        var worst = ExitCodes.Ok;
        while (await started.Reader.WaitToReadAsync())
        {
            // A line leaves its place when it is answered, not before: no more than that many are under way.
            while (started.Reader.TryPeek(out var line))
            {
                worst = ClientExitCodes.Worse(worst, await PrintAsync(line));
                started.Reader.TryRead(out _);
            }
        }

        if (failed > 0)
        {
            settings.Say($"{failed} lines were not stored for sure; each says why");
        }

        return worst;
    }

    private async Task<int> PrintAsync(StartedLine line)
    {
        try
        {
            var receipt = await line.Send.Outcome;
            settings.WriteResult(
                () => JsonLines.Stored(line.Number, receipt),
                () => $"{line.Number}: stored #{receipt.Sequence} ({receipt.MessageId})");
            return ExitCodes.Ok;
        }
        catch (ParleyException failure)
        {
            var reason = line.IsText ? failure.Reason : NotUtf8;
            var sentence = line.IsText ? Sanitizer.Line(failure.Message) : "it is not UTF-8";
            failed++;
            if (settings.Form == OutputForm.Json)
            {
                settings.WriteResult(() => JsonLines.Failed(line.Number, line.Send.MessageId, reason), () => "");
            }
            else
            {
                settings.Say($"line {line.Number}: {sentence}");
            }

            return ClientExitCodes.Of(failure);
        }
    }

    private readonly record struct StartedLine(long Number, Send Send, bool IsText);
}
