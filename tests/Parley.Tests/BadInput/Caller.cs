using Grpc.Core;
using Parley.Protocol.Chat.V1;
using Parley.Tests.Api;
using Parley.Tests.Cluster;

namespace Parley.Tests.BadInput;

/// <summary>Somebody who calls one node: a person with a session, or nobody.</summary>
internal sealed record Caller(BadInputStage Stage, Person? Person, RawNode Node)
{
    /// <summary>With the session's token, if there is one.</summary>
    public CallOptions Options => RawNode.With(Person?.Token);

    /// <summary>Stands in whatever must not show up in a log.</summary>
    public string Canary => BadInputStage.Canary;

    public async Task CreateAsync(string name, string password, int requestIdBytes = 16, string invite = "") =>
        await Node.Accounts.CreateAccountAsync(
            new()
            {
                RequestId = NodeFixture.RandomBytes(requestIdBytes),
                Name = name,
                Password = password,
                Invite = invite,
            },
            Options);

    public async Task LoginAsync(string name, string password, int tokenBytes = 32, long leaseMs = 0) =>
        await Node.Sessions.LoginAsync(
            new()
            {
                Name = name,
                Password = password,
                Token = NodeFixture.RandomBytes(tokenBytes),
                LeaseMs = leaseMs,
            },
            Options);

    /// <summary>Sends with the id that comes next, spoiled in some way.</summary>
    public async Task SendAsync(Action<SendMessageRequest> spoil) =>
        await Node.Messages.SendMessageAsync(Spoiled(spoil), Options);

    /// <summary>As <see cref="SendAsync"/>, in a stream.</summary>
    public Task SendInStreamAsync(Action<SendMessageRequest> spoil) =>
        SendInStreamAsync(new SendMessagesRequest { Message = Spoiled(spoil) });

    /// <summary>Ends as its one answer says.</summary>
    public async Task SendInStreamAsync(SendMessagesRequest request)
    {
        if (await RawCall.FindSendErrorAsync(Node.Messages, request, Options) is { } error)
        {
            throw new BareAnswerException(Answer.Of((StatusCode)error.Code, error.Reason, error.Message));
        }
    }

    public async Task AcknowledgeAsync(string conversation, params long[] sequences) =>
        await Node.Messages.AcknowledgeMessagesAsync(
            new()
            {
                Acknowledgements =
                {
                    sequences.Select(
                        sequence => new Acknowledgement { Conversation = conversation, Sequence = sequence }),
                },
            },
            Options);

    public async Task MarkReadAsync(string conversation, params long[] sequences) =>
        await Node.Messages.MarkMessagesReadAsync(
            new()
            {
                Marks =
                {
                    sequences.Select(sequence => new ReadMark { Conversation = conversation, Sequence = sequence }),
                },
            },
            Options);

    public async Task ListConversationsAsync(int pageSize, string pageToken = "", bool onlyUnread = false) =>
        await Node.Messages.ListConversationsAsync(
            new() { PageSize = pageSize, PageToken = pageToken, OnlyUnread = onlyUnread }, Options);

    public async Task ListMessagesAsync(ListMessagesRequest request) =>
        await Node.Messages.ListMessagesAsync(request, Options);

    public async Task SearchAsync(string query, string with = "", string pageToken = "", int pageSize = 0) =>
        await Node.Messages.SearchMessagesAsync(
            new() { Query = query, With = with, PageToken = pageToken, PageSize = pageSize }, Options);

    public async Task ListAccountsAsync(ListAccountsRequest request) =>
        await Node.Accounts.ListAccountsAsync(request, Options);

    /// <summary>Any bytes as the request of any call.</summary>
    public Task CallRawAsync(string method, byte[] request) =>
        RawCall.SendAsync(Node.Invoker, BadInputStage.PathOf(method), request, Options.Headers);

    /// <summary>Any bytes as the body of an HTTP/2 request; ends as a call does.</summary>
    public Task PostAsync(string method, byte[] body, params (string Name, string Value)[] headers) =>
        BareHttp.PostAsync(
            Stage.Http, $"https://{Node.Address}", BadInputStage.PathOf(method), body, [.. headers, .. Authorization]);

    private IEnumerable<(string Name, string Value)> Authorization =>
        Options.Headers!.Select(entry => (entry.Key, entry.Value));

    private SendMessageRequest Spoiled(Action<SendMessageRequest> spoil)
    {
        var request = new SendMessageRequest
        {
            MessageId = NodeFixture.MessageId(Person?.Client ?? 1, (Person?.LastCounter ?? 0) + 1),
            Recipient = "carol",
            Text = Canary,
        };
        spoil(request);
        return request;
    }
}

/// <summary>Somebody with an account and a session.</summary>
internal sealed record Person(string Name, byte[] Token, LoginResponse Login)
{
    public ulong Client => Login.Client;

    /// <summary>The counter that was taken last.</summary>
    public ulong LastCounter { get; set; }
}
