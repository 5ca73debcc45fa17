namespace Parley.Core.Delivery;

/// <summary>How much still fits into a page; the first message always does.</summary>
internal sealed class PageBudget(int messagesMax, int bytesMax)
{
    private int messages;
    private long bytes;

    public bool IsFull { get; private set; }

    /// <summary>Once something did not fit, nothing does: the order must hold.</summary>
    public bool TryTake(int textBytes)
    {
        if (IsFull || messages >= messagesMax || (messages > 0 && bytes + textBytes > bytesMax))
        {
            IsFull = true;
            return false;
        }

        messages++;
        bytes += textBytes;
        IsFull = messages == messagesMax;
        return true;
    }
}
