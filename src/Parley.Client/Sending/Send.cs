using Google.Protobuf;

namespace Parley.Client.Sending;

/// <summary>One message on its way, from the call until its outcome is known.</summary>
internal sealed class Send(MessageId messageId, string recipient, string text, ByteString nonce)
{
    private readonly TaskCompletionSource<MessageReceipt> outcome =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public MessageId MessageId { get; set; } = messageId;

    public string Recipient { get; } = recipient;

    public string Text { get; } = text;

    /// <summary>Made with the line and repeated with it: tells two equal lines apart.</summary>
    public ByteString Nonce { get; } = nonce;

    /// <summary>It stands in the outbox (under its present id).</summary>
    public bool Recorded { get; set; }

    /// <summary>It was left by an earlier process, or its caller was told that the outcome is unknown.</summary>
    public bool Orphan { get; set; }

    /// <summary>A node may have taken an earlier attempt.</summary>
    public bool MayHaveArrived { get; set; }

    /// <summary>What the stream now open said of it: nothing yet, or why it must be repeated.</summary>
    public Walking.Verdict Verdict { get; set; }

    /// <summary>The outcome; failures are <see cref="ParleyException"/>s.</summary>
    public Task<MessageReceipt> Outcome => outcome.Task;

    public void Stored(MessageReceipt receipt) => outcome.TrySetResult(receipt);

    public void Failed(ParleyException failure)
    {
        if (outcome.TrySetException(failure))
        {
            // Seen: who does not wait for a send is not torn down by it.
            _ = outcome.Task.Exception;
        }
    }
}
