namespace Parley.Server.Certificates;

/// <summary>The directory that <c>cluster init</c> writes: the authority, and a bundle for each node.</summary>
internal static class ClusterFiles
{
    /// <summary>A new authority and its bundles.</summary>
    public static AuthorityFile Create(
        string directory, string name, IReadOnlyList<BundleMember> members, DateTimeOffset now)
    {
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(directory, OwnerOnly);
        using var authority = ClusterAuthority.Create(now);
        var file = new AuthorityFile
        {
            Format = AuthorityFile.FormatName,
            Cluster = authority.Cluster,
            Name = name,
            Members = members,
            Certificate = authority.CertificatePem,
            Key = authority.KeyPem,
        };
        file.Save(PathOf(directory));
        WriteBundles(directory, file, authority, now);
        return file;
    }

    /// <summary>New bundles by the authority that is there.</summary>
    /// <exception cref="BundleRefusedException">There is none.</exception>
    public static AuthorityFile Renew(string directory, DateTimeOffset now)
    {
        var file = AuthorityFile.Load(PathOf(directory));
        using var authority = ClusterAuthority.Load(file.Cluster, file.Certificate, file.Key);
        WriteBundles(directory, file, authority, now);
        return file;
    }

    private static string PathOf(string directory) => Path.Combine(directory, AuthorityFile.FileName);

    private static void WriteBundles(
        string directory, AuthorityFile file, ClusterAuthority authority, DateTimeOffset now)
    {
        foreach (var member in file.Members)
        {
            var (certificate, key) = authority.Issue(member.Id, now);
            new NodeBundle
            {
                Format = NodeBundle.FormatName,
                Cluster = file.Cluster,
                Name = file.Name,
                Node = member.Id,
                Members = file.Members,
                Certificate = certificate,
                Key = key,
                Ca = file.Certificate,
            }.Save(Path.Combine(directory, NodeBundle.FileNameOf(member.Id)));
        }
    }
}
