// Answers !ping and !time in direct conversations, and in the rooms that its account is in: once each, also when its
// node or the bot itself dies in between. PARLEY_LINK is the cluster's link, PARLEY_TOKEN a device token.
using System.Globalization;
using Parley.Client;

var link = ClusterLink.Find(Environment.GetEnvironmentVariable("PARLEY_LINK") ?? "", out var fault)
    ?? throw new InvalidOperationException($"PARLEY_LINK: {fault}");
var token = DeviceTokens.TryParse(Environment.GetEnvironmentVariable("PARLEY_TOKEN"), out var given)
    ? given
    : throw new InvalidOperationException("PARLEY_TOKEN: a device token expected, see: parley token create");
var ever = CancellationToken.None;
await using var client = new ParleyClient(new() { Nodes = link.Nodes, CaFingerprint = link.CaFingerprint });
// Ends what ran before: what that had sent is in the conversations by now, or never will be.
await using var session = await client.LoginAsync(token, new LoginOptions { TakeOver = true }, ever);
await foreach (var delivery in session.ReceiveAsync(ever))
{
    if (delivery is Delivery.Arrived { Own: false, Message: var asked })
    {
        var where = asked.To.StartsWith('#') ? asked.To : asked.From;
        var now = TimeProvider.System.GetUtcNow().ToString("u", CultureInfo.InvariantCulture);
        var answer = asked.Text switch { "!ping" => "pong", "!time" => now, _ => null };
        var mark = string.Create(CultureInfo.InvariantCulture, $"(to {asked.From}, {asked.Sequence})");
        try
        {
            if (answer is not null && !await IsSaidAsync(where, asked.Sequence, mark, next: null))
            {
                await session.SendAsync(where, $"{answer} {mark}", ever);
            }
        }
        catch (ParleyException refusal) when (refusal.Reason is "MUTED" or "NOT_MEMBER" or "INBOX_FULL" or "NOT_FOUND")
        {
            await Console.Error.WriteLineAsync($"{mark}: {refusal.Message}"); // Nobody else is to wait for that.
        }
        await session.AcknowledgeAsync(asked.Conversation, asked.Sequence, ever);
    }
}
async Task<bool> IsSaidAsync(string where, long after, string mark, string? next) =>
    await session.ListMessagesAsync(where, after, next, local: false, ever) is var page
    && (page.Messages.Any(said => said.From == session.Account && said.Text.EndsWith(mark, StringComparison.Ordinal))
        || (page.NextPageToken is { } more && await IsSaidAsync(where, after, mark, more)));
